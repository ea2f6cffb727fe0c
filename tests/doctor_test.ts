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

Deno.test("doctor: databases that cannot be used are faults, and nothing is left behind", async () => {
  using folder = temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/state.db`, "no database ".repeat(900));
  Deno.mkdirSync(`${folder.path}/history.db`);
  const { status, stdout } = await runProgram(
    ["doctor", "--db", folder.path, "--collect", `json_udp:${freeUdpPort()}`],
    { task: "doctor", env: AT_HOME, read: [folder.path], write: [folder.path] },
  );
  assert.match(lineOf(stdout, "state"), /^fault .*state\.db is damaged \(.*\); move it away: what/);
  assert.match(
    lineOf(stdout, "history"),
    /^fault .*history\.db is a folder, and should be a file; /,
  );
  assert.equal(status, 1);
  const left = [...Deno.readDirSync(folder.path)].map(({ name }) => name).sort();
  assert.deepEqual(left, ["history.db", "state.db"]);
});

Deno.test("doctor: a folder that is none is a fault", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/file`;
  Deno.writeTextFileSync(path, "");
  for (const db of [path, `${path}/below`]) {
    const { status, stdout } = await runProgram(["doctor", "--db", db], {
      task: "doctor",
      env: AT_HOME,
      read: [db],
      write: [db],
    });
    assert.match(lineOf(stdout, "state"), /^fault .* cannot be a folder \(.*\); name another one/);
    assert.equal(status, 1);
  }
});

Deno.test("doctor: what a server that runs has is a note, and is not written", async () => {
  using folder = temporaryFolder();
  const allowed = { env: AT_HOME, read: [folder.path], write: [folder.path] };
  await using server = startProgram(
    ["serve", "--db", folder.path, "--collect", `json_udp:${freeUdpPort()}`],
    allowed,
  );
  await server.errorLine(/"history is kept"/);
  const { status, stdout } = await runProgram(
    ["doctor", "--db", folder.path, "--collect", `json_udp:${freeUdpPort()}`],
    { ...allowed, task: "doctor" },
  );
  assert.match(lineOf(stdout, "state"), /^note .*another process has .*state\.db: a server that/);
  assert.match(lineOf(stdout, "history"), /^note .*another process has .*history\.db: a server/);
  assert.match(stdout.join("\n"), /before another is to use it, stop that one, or name another/);
  assert.equal(status, 0);
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
