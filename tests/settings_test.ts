import assert from "node:assert/strict";
import { builtInCapabilities } from "../capabilities/registry.ts";
import { runProgram } from "./support/program.ts";
import { type Json, RawMcp } from "./support/raw_mcp.ts";
import { temporaryFolder } from "./support/temporary_folder.ts";
import { sendUdp } from "./support/udp.ts";

async function namesOf(client: RawMcp): Promise<string[]> {
  const { capabilities } = await client.tool("list_capabilities");
  return capabilities.map(({ name }: Json) => name);
}

Deno.test("FLOW_CAPABILITIES unset means all built-in ones", async () => {
  await using client = await RawMcp.serve();
  const { capabilities } = await client.tool("list_capabilities");
  assert.deepEqual(
    capabilities.map(({ name, running }: Json) => [name, running]),
    builtInCapabilities.map(({ name }) => [name, false]),
  );
});

Deno.test("FLOW_CAPABILITIES takes names", async () => {
  await using client = await RawMcp.serve([], { env: { FLOW_CAPABILITIES: '["netflow_udp"]' } });
  assert.deepEqual(await namesOf(client), ["netflow_udp"]);
});

Deno.test("FLOW_CAPABILITIES takes the form of the first Python implementation", async () => {
  const list = ["flow_agent_mcp.capabilities.json_udp.capability:build_capability"];
  await using client = await RawMcp.serve([], { env: { FLOW_CAPABILITIES: JSON.stringify(list) } });
  assert.deepEqual(await namesOf(client), ["json_udp"]);
  await client.collect("json_udp");
});

for (const path of ["./tests/fixtures/beacon_capability.ts", "absolute"]) {
  Deno.test(`FLOW_CAPABILITIES takes a module by its path: ${path}`, async () => {
    using folder = temporaryFolder();
    let entry = path;
    if (path === "absolute") {
      entry = `${folder.path}/beacon.ts`;
      const { href } = new URL("./fixtures/beacon_capability.ts", import.meta.url);
      // Its imports are types alone, which a copy has no need of.
      const source = await (await fetch(href)).text();
      Deno.writeTextFileSync(entry, source.replace(/^import .*$/gm, "type Codec = any;"));
    }
    await using client = await RawMcp.serve([], {
      env: { FLOW_CAPABILITIES: JSON.stringify(["json_udp", entry]) },
      read: path === "absolute" ? [folder.path] : [],
    });
    assert.deepEqual(await namesOf(client), ["json_udp", "beacon_udp"]);
    const port = await client.collect("beacon_udp");
    await sendUdp(port, "one", "two");
    const status = await client.statusAfter("beacon_udp", 2);
    assert.equal(status.counters.flow_records, 2);
    // Its worker may read its own folder, and the status says so.
    const [net, read] = status.collectors[0].permissions;
    assert.equal(net, `net=127.0.0.1:${port}`);
    assert.match(read, path === "absolute" ? /flow-agent-test-/ : /tests\/fixtures\/$/);
  });
}

// deno-fmt-ignore: one row a list reads as the table it is.
const REFUSED: [string, RegExp][] = [
  ['["json_udp","jsn_udp"]', /"jsn_udp".*json_udp, netflow_udp/],
  ['["flow_agent_mcp.capabilities.nosuch.capability:build_capability"]', /json_udp, netflow_udp/],
  ["json_udp", /JSON list/],
  ['["json_udp","json_udp"]', /twice/],
  ['["./tests/fixtures/nosuch.ts"]', /tests\/fixtures\/nosuch\.ts/],
  ['["./main_that_is_not.ts"]', /main_that_is_not/],
];

for (const [list, says] of REFUSED) {
  Deno.test(`FLOW_CAPABILITIES=${list} ends serve with status 1`, async () => {
    const { status, stdout, stderr } = await runProgram(["serve"], {
      env: { FLOW_CAPABILITIES: list },
    });
    assert.equal(status, 1);
    assert.deepEqual(stdout, []);
    assert.match(stderr.join("\n"), says);
  });
}

Deno.test("a module beyond what may be read ends serve with the permission to give", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/beacon.ts`;
  Deno.writeTextFileSync(path, "export const buildCapability = () => null;");
  const { status, stdout, stderr } = await runProgram(["serve"], {
    env: { FLOW_CAPABILITIES: JSON.stringify([path]) },
  });
  assert.deepEqual([status, stdout], [1, []]);
  assert.match(stderr.join("\n"), /--allow-read/);
});

Deno.test("configuration: flags over environment over file over defaults", async () => {
  using folder = temporaryFolder();
  const file = `${folder.path}/flow-agent.yaml`;
  Deno.writeTextFileSync(
    file,
    "latency:\n  threshold_ms: 111\n  min_samples: 3\n  window_seconds: 77\nlog:\n  level: error\n",
  );
  const dotEnv = `${folder.path}/.env`;
  Deno.writeTextFileSync(
    dotEnv,
    "FLOW_LATENCY_WINDOW_SECONDS=88\nFLOW_LATENCY_COOLDOWN_SECONDS=9\n",
  );
  await using client = await RawMcp.serve(
    ["--config", file, "--env-file", dotEnv, "--log-level", "info"],
    {
      env: { FLOW_LATENCY_THRESHOLD_MS: "222", FLOW_LATENCY_WINDOW_SECONDS: "99" },
      read: [folder.path],
    },
  );
  assert.deepEqual((await client.tool("set_thresholds")).thresholds, {
    threshold_ms: 222,
    window_seconds: 99,
    min_samples: 3,
    cooldown_seconds: 9,
  });
  assert.ok(client.logLines().some(({ level }) => level === "INFO"));
});

// deno-fmt-ignore: one row a file reads as the table it is.
const FAULTY_FILES: [string, string, RegExp][] = [
  ["a key that is nearly one", "latency: {treshold_ms: 100}", /latency\.treshold_ms.*threshold_ms/],
  ["a section that is nearly one", "latncy: {threshold_ms: 100}", /latncy.*latency/],
  ["a value out of range", "latency: {threshold_ms: -5}", /latency\.threshold_ms/],
  ["a word for a number", "store: {capacity_rows: many}", /store\.capacity_rows/],
  ["text that is not YAML", "latency: {", /not YAML/],
  ["a list", "- latency", /sections/],
];

for (const [what, text, says] of FAULTY_FILES) {
  Deno.test(`--config with ${what} ends serve with status 1`, async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/flow-agent.yaml`;
    Deno.writeTextFileSync(file, text);
    const { status, stdout, stderr } = await runProgram(["serve", "--config", file], {
      read: [folder.path],
    });
    assert.deepEqual([status, stdout], [1, []]);
    assert.match(stderr.join("\n"), says);
  });
}

// deno-fmt-ignore: one row a variable reads as the table it is.
const FAULTY_VARIABLES: [string, string, RegExp][] = [
  ["FLOW_LATENCY_THRESHOLD_MS", "fast", /threshold_ms/],
  ["FLOW_HTTP_PORT", "70000", /http\.port/],
  ["FLOW_LOG_LEVEL", "loud", /log\.level/],
];

for (const [name, value, says] of FAULTY_VARIABLES) {
  Deno.test(`${name}=${value} ends serve with status 1`, async () => {
    const { status, stdout, stderr } = await runProgram(["serve"], { env: { [name]: value } });
    assert.deepEqual([status, stdout], [1, []]);
    assert.match(stderr.join("\n"), says);
  });
}

// deno-fmt-ignore: one row a command line reads as the table it is.
const WRONG_USAGE: [string[], RegExp][] = [
  [["serve", "--log-levle", "debug"], /--log-levle.*--log-level/],
  [["serve", "--log-level", "loud"], /debug, info, warning, error/],
  [["serve", "--htp", "8055"], /--htp.*--http/],
  [["serve", "--http", "127.0.0.1:99999"], /--http/],
  [["serve", "--collect", "?"], /--collect/],
  [["serve", "surplus"], /surplus/],
  [["srve"], /srve.*serve/],
  [["agent", "--poll", "often"], /--poll.*number/],
  [["agent", "--poll"], /--poll/],
  [["agent", "--threshold-ms", "-1"], /--threshold-ms=MS/],
  [["agent", "--url", "127.0.0.1:8055"], /--url.*http:/],
  [["--frobnicate"], /--frobnicate/],
];

for (const [args, says] of WRONG_USAGE) {
  Deno.test(`flow-agent ${args.join(" ")} is wrong usage: status 2`, async () => {
    const { status, stdout, stderr } = await runProgram(args);
    assert.deepEqual([status, stdout], [2, []]);
    assert.match(stderr.join("\n"), says);
    assert.equal(stderr.length, 1, "one plain sentence");
  });
}
