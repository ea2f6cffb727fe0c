import assert from "node:assert/strict";
import { delimiter, dirname } from "node:path";
import { sendSamples } from "../core/cli/send.ts";
import { systemClock } from "../core/flow/clock.ts";
import { plainEnvironment, Program } from "./support/program.ts";
import { until } from "./support/until.ts";

const POLLS = 40;
const OPTIONS = ["--port", "0", "--polls", `${POLLS}`, "--interval", "0.1"];

/** The examples start `deno`: the one that runs the tests. */
function environment(): Record<string, string> {
  const env = plainEnvironment();
  return { ...env, PATH: `${dirname(Deno.execPath())}${delimiter}${env.PATH}` };
}

/** Why the Python example cannot run here, or null. */
function pythonLacks(): string | null {
  try {
    const { success } = new Deno.Command("python3", { args: ["--version"] }).outputSync();
    return success ? null : "python3 does not run";
  } catch (error) {
    return `python3: ${(error as Error).name}`;
  }
}

/** Runs an example to its end, with slow traffic on the port that it says it collects on. */
async function seesTheAlert(file: string, args: readonly string[]): Promise<void> {
  await using example = new Program(file, [...args, ...OPTIONS], environment());
  const port = await until("the line that names the port", () => {
    assert.ok(example.running, example.stderr.join("\n"));
    return /^json_udp started on port (\d+)$/.exec(example.stdout[0] ?? "")?.[1];
  });
  await sendSamples({
    format: "json",
    scenario: "latency",
    count: 600,
    rate: 3000,
    seed: 1,
    to: { host: "127.0.0.1", port: Number(port) },
    house: { clock: systemClock },
  });
  assert.equal(await example.ended(), 0, example.stderr.join("\n"));
  const polls = example.stdout.filter((line) => line.startsWith("poll "));
  assert.equal(polls.length, POLLS);
  assert.equal(polls.at(-1), `poll ${POLLS}: 60 flows, 600 samples`);
  const alerts = example.stdout.filter((line) => /^(warning|critical): /.test(line));
  assert.equal(alerts.length, 1, "one alert, and it is told once");
  assert.match(alerts[0], /p95 latency [\d.]+ ms on 10\.10\.0\.4:40030 > 10\.20\.0\.10:443 TCP$/);
}

Deno.test("docs/examples/poll_alerts.ts starts a collector and sees its alert once", async () => {
  await seesTheAlert(Deno.execPath(), [
    ...["run", "--frozen", "--no-prompt", "--allow-env", "--allow-run=deno"],
    "docs/examples/poll_alerts.ts",
  ]);
});

const lack = pythonLacks();
Deno.test({
  name: `docs/examples/poll_alerts.py starts a collector and sees its alert once${
    lack === null ? "" : ` (${lack})`
  }`,
  ignore: lack !== null,
  fn: () => seesTheAlert("python3", ["docs/examples/poll_alerts.py"]),
});
