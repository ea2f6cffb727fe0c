import assert from "node:assert/strict";
import { loadNames } from "../core/cli/load_names.ts";
import { maskSecret } from "../core/cli/mask_secret.ts";
import { loadConfig } from "../core/config/load_config.ts";
import { yamlParser } from "../core/config/yaml_parser.ts";
import { NameDirectory } from "../core/names/name_directory.ts";
import { writeMmdb } from "./support/mmdb.ts";
import { ROOT, runProgram } from "./support/program.ts";
import { temporaryFolder } from "./support/temporary_folder.ts";

const parseYaml = await yamlParser();
const EXAMPLE = `${ROOT}docs/examples/names.yaml`;

Deno.test("config --dump prints YAML that is the same configuration, with where each value is from", async () => {
  const { status, stdout } = await runProgram(["config", "--dump", "--config", EXAMPLE], {
    task: "config",
    env: { FLOW_LATENCY_THRESHOLD_MS: "90", POLL_SECONDS: "3" },
  });
  assert.equal(status, 0);
  assert.ok(stdout.includes("  threshold_ms: 90 # FLOW_LATENCY_THRESHOLD_MS"), stdout.join("\n"));
  assert.ok(stdout.includes("  poll_seconds: 3 # POLL_SECONDS"));
  assert.ok(stdout.includes("  max: 16 # default"));
  assert.ok(
    stdout.some((line) =>
      line.startsWith('  services: {"tcp/8443":"intranet",') && line.endsWith(` # ${EXAMPLE}`)
    ),
  );
  const read = (text: string, env: Record<string, string> = {}) =>
    loadConfig({ file: { name: "dump", text }, environment: (name) => env[name], parseYaml });
  assert.deepEqual(
    read(stdout.join("\n")),
    read(Deno.readTextFileSync(EXAMPLE), {
      FLOW_LATENCY_THRESHOLD_MS: "90",
      POLL_SECONDS: "3",
      // Programs that tests start keep their state there.
      FLOW_STATE_FOLDER: ":memory:",
    }),
  );
});

Deno.test("a value that its key calls a secret is masked", () => {
  for (const name of ["password", "webhook_token", "client_secret", "key", "api_key"]) {
    assert.equal(maskSecret(name, "hunter2"), "********", name);
  }
  assert.equal(maskSecret("password", ""), "");
  for (const name of ["keyboard", "level", "monkeys"]) {
    assert.equal(maskSecret(name, "hunter2"), "hunter2", name);
  }
});

Deno.test("config --check reads the files that the configuration names", async () => {
  using folder = temporaryFolder();
  const good = `${folder.path}/good.mmdb`;
  const bad = `${folder.path}/bad.mmdb`;
  Deno.writeFileSync(good, new Uint8Array(writeMmdb([["192.0.2.0/24", {}]])).slice());
  Deno.writeTextFileSync(bad, "<html>Sign in to download</html>");
  const check = (file: string) =>
    runProgram(["config", "--check"], { task: "config", env: { FLOW_GEO_COUNTRY_MMDB: file } });
  const fine = await check(good);
  assert.deepEqual([fine.status, fine.stdout], [0, ["the configuration can be used"]]);
  for (
    const [file, says] of [
      [bad, /^geo\.country_mmdb: .*bad\.mmdb cannot be used: it is no MaxMind DB/],
      [`${folder.path}/none.mmdb`, /^geo\.country_mmdb: cannot read .*none\.mmdb: No such file/],
    ] as const
  ) {
    const { status, stderr } = await check(file);
    assert.equal(status, 1);
    assert.match(stderr.join("\n"), says);
  }
});

Deno.test("config says what is wrong, what was found, and what is near", async () => {
  using folder = temporaryFolder();
  const file = `${folder.path}/flow.yaml`;
  Deno.writeTextFileSync(file, "names: {lables: {}}\nlatency: {min_samples: many}");
  const { status, stderr } = await runProgram(["config", "--check", "--config", file], {
    task: "config",
  });
  assert.equal(status, 1);
  assert.match(stderr.join(), /latency\.min_samples: .*number.*, found "many"/);
  assert.match(stderr.join(), /there is no key "names\.lables"; did you mean "labels"\?/);
});

Deno.test("config wants one of its two options", async () => {
  for (const args of [[], ["--check", "--dump"]]) {
    const { status, stderr } = await runProgram(["config", ...args], { task: "config" });
    assert.deepEqual([status, stderr], [2, ["give --check or --dump: one of them"]]);
  }
});

Deno.test("docs/examples/names.yaml names what it says", () => {
  const config = loadConfig({
    file: { name: EXAMPLE, text: Deno.readTextFileSync(EXAMPLE) },
    environment: () => undefined,
    parseYaml,
  });
  const directory = new NameDirectory(loadNames(config));
  const wan = directory.interfaceOf("192.0.2.1", 12);
  assert.deepEqual([wan?.name, wan?.capacity], ["wan-1", 1e10]);
  assert.equal(directory.interfaceOf("2001:db8::1", 3)?.name, "core");
  assert.equal(directory.services.serviceName(6, 8443), "intranet");
  assert.deepEqual(directory.labels, ["head office", "branch Hamburg", "resolver"]);
  assert.equal(directory.countries, null);
});

Deno.test("docs/examples/expected.yaml names hosts that do on purpose what they do", async () => {
  const file = `${ROOT}docs/examples/expected.yaml`;
  const text = Deno.readTextFileSync(file);
  const config = loadConfig({
    file: { name: file, text },
    environment: () => undefined,
    parseYaml,
  });
  assert.deepEqual(
    loadNames(config).expected.map(({ role, network, name }) => [role, network, name]),
    [
      ["scanner", "10.0.0.6", "Nessus"],
      ["scanner", "10.9.0.0/28", "inventory"],
      ["scanner", "2001:db8:1::6", "Nessus"],
      ["monitoring", "10.0.0.5", "Zabbix"],
      ["monitoring", "10.0.5.0/24", "Prometheus and blackbox probes"],
    ],
  );
  const checked = await runProgram(["config", "--check", "--config", file], { task: "config" });
  assert.deepEqual([checked.status, checked.stdout], [0, ["the configuration can be used"]]);
  const wrong = await runProgram(["config", "--check"], {
    task: "config",
    env: { FLOW_EXPECTED_SCANNERS: "scanner-1=Nessus" },
  });
  assert.equal(wrong.status, 1);
  assert.match(wrong.stderr.join("\n"), /"scanner-1" is no address or prefix/);
});
