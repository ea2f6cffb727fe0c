import assert from "node:assert/strict";
import { runProgram, startProgram } from "./support/program.ts";
import { temporaryFolder } from "./support/temporary_folder.ts";
import { freeUdpPort, holdPort, sendUdp } from "./support/udp.ts";

const AT_HOME = { FLOW_COLLECTOR_HOST: "127.0.0.1" };

/** The line of a check, whatever the spaces in it. */
function lineOf(lines: readonly string[], what: string): string {
  const found = lines.find((line) => new RegExp(`^\\w+ +${what} `).test(line));
  assert.ok(found !== undefined, `${what} in ${lines.join("\n")}`);
  return found.replace(/ +/g, " ");
}

Deno.test("doctor: all is well where it is, and the buffer's figure is told", async () => {
  using folder = temporaryFolder();
  const port = freeUdpPort();
  const { status, stdout } = await runProgram(
    ["doctor", "--db", folder.path, "--collect", `netflow_udp:${port}`],
    { task: "doctor", env: AT_HOME, read: [folder.path], write: [folder.path] },
  );
  assert.equal(lineOf(stdout, "configuration"), "ok configuration can be used");
  assert.match(lineOf(stdout, "state"), /^ok .*state\.db, none yet$/);
  assert.match(lineOf(stdout, "history"), /^ok .*history\.db, none yet$/);
  assert.equal(lineOf(stdout, "netflow_udp"), `ok netflow_udp 127.0.0.1:${port} is free`);
  assert.match(lineOf(stdout, "socket buffer"), /holds .*\d datagrams of 1,464 octets: good to/);
  assert.equal(stdout.at(-1), "nothing is at fault");
  assert.equal(status, 0);
  assert.deepEqual([...Deno.readDirSync(folder.path)], [], "nothing is left behind");
});

Deno.test("doctor: what does not work is a fault with its remedy, and status 1", async () => {
  const { status, stdout } = await runProgram(
    ["doctor", "--db", "/somewhere", "--collect", "netflow_udp@192.0.2.1", "--rate", "9999999"],
    { task: "doctor" },
  );
  assert.match(lineOf(stdout, "state"), /^fault .*--allow-read=\/somewhere --allow-write=/);
  assert.match(lineOf(stdout, "netflow_udp"), /^fault .*--allow-net=192\.0\.2\.1:2055/);
  assert.equal(stdout.at(-1)?.startsWith("at fault: "), true);
  assert.equal(status, 1);
});

Deno.test("doctor: a port that is taken may be meant; a configuration that is none is a fault", async () => {
  const port = freeUdpPort();
  using _held = holdPort(port);
  const taken = await runProgram(["doctor", "--db", ":memory:", "--collect", `json_udp:${port}`], {
    task: "doctor",
    env: AT_HOME,
  });
  assert.match(lineOf(taken.stdout, "json_udp"), /^note .*port \d+ is in use by another program/);
  assert.equal(taken.status, 0);
  const wrong = await runProgram(["doctor"], { task: "doctor", env: { FLOW_HTTP_PORT: "x" } });
  assert.match(lineOf(wrong.stdout, "configuration"), /^fault .*http\.port/);
  assert.equal(wrong.status, 1);
});

Deno.test("doctor --url watches a running server's collectors", async () => {
  const port = freeUdpPort();
  await using server = startProgram(
    ["serve", "--http", "127.0.0.1:0", "--collect", `json_udp:${port}`],
    { env: AT_HOME },
  );
  const [, url] = await server.errorLine(/"url":"([^"]+)"/);
  await sendUdp(port, '{"src_addr":"10.0.0.1","dst_addr":"10.0.0.2","bytes":1}');
  const { status, stdout } = await runProgram(
    ["doctor", "--db", ":memory:", "--url", url, "--collect", `json_udp:${port}`],
    { task: "doctor", env: AT_HOME },
  );
  assert.equal(lineOf(stdout, "json_udp"), `ok json_udp the server listens on port ${port}`);
  assert.match(lineOf(stdout, `json_udp ${port}`), /^ok .*datagrams\/s, 1 so far$/);
  assert.match(lineOf(stdout, "socket buffer"), /and 0 come$|good to/);
  assert.equal(status, 0);
  const { stdout: none } = await runProgram(
    ["doctor", "--db", ":memory:", "--url", "http://127.0.0.1:9/mcp"],
    { task: "doctor", env: AT_HOME },
  );
  assert.match(lineOf(none, "server"), /^fault .*no MCP server answers/);
});

Deno.test("the log says at the start what the socket buffer is good for", async () => {
  await using server = startProgram(
    ["serve", "--http", "127.0.0.1:0", "--collect", `json_udp:${freeUdpPort()}`],
    { env: AT_HOME },
  );
  const [line] = await server.errorLine(/^.*"message":"socket buffer".*$/);
  const { holds_datagrams: held, good_to_datagrams_per_second: rate, enlarged_by } = JSON.parse(
    line,
  );
  assert.ok(held > 0);
  assert.equal(rate, held * 100);
  if (Deno.build.os === "linux" && held < 1820) {
    assert.equal(enlarged_by, "sysctl -w net.core.rmem_default=4194304");
  }
});
