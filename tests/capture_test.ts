import assert from "node:assert/strict";
import type { Collector } from "../core/collector/collector.ts";
import { CollectorHouse, recordsOf } from "./support/collector_house.ts";
import { runProgram, startProgram } from "./support/program.ts";
import type { Json } from "./support/raw_mcp.ts";
import { temporaryFolder } from "./support/temporary_folder.ts";
import { freeUdpPort, holdPort, sendUdp } from "./support/udp.ts";
import { until } from "./support/until.ts";

/** Starts `capture` on a port of loopback and waits until it listens. */
async function startCapture(args: readonly string[]) {
  const port = freeUdpPort();
  const program = startProgram(["capture", "--on", `127.0.0.1:${port}`, ...args], {
    task: "capture",
  });
  await program.errorLine(/^listening on/);
  return { program, port };
}

async function decode(path: string): Promise<{ records: Json[]; stderr: readonly string[] }> {
  const { status, stdout, stderr } = await runProgram(["decode", path], { task: "decode" });
  assert.equal(status, 0);
  return { records: stdout.map((line) => JSON.parse(line)), stderr };
}

/** What does not depend on who received it when. */
function content(record: Json): Json {
  const { exporter: _exporter, received_at: _at, capability: _capability, ...rest } = record;
  return rest;
}

async function received(collector: Collector, count: number): Promise<void> {
  await until(
    `${count} flow records`,
    () => collector.status().counters.flow_records >= count || undefined,
  );
}

for (const format of ["netflow5", "netflow9", "ipfix", "json"] as const) {
  Deno.test(`${format}: sent, captured, decoded, replayed and collected it is the same`, async () => {
    using folder = temporaryFolder();
    const path = `${folder.path}/capture.pcap`;
    const { program, port } = await startCapture(["--to", path, "--seconds", "20"]);
    await using _ = program;
    const sent = await runProgram(
      ["send", "--format", format, "--to", `127.0.0.1:${port}`, "--count", "120", "--rate", "5000"],
      { task: "send" },
    );
    const datagrams = Number(/in (\d+) datagrams/.exec(sent.stdout[0])![1]);
    await until("the capture of all of them", () => pcapRecords(path) === datagrams || undefined);
    program.signal("SIGINT");
    assert.equal(await program.ended(), 0);
    assert.equal(program.stdout[0], `wrote ${datagrams} datagrams of 127.0.0.1 to ${path}`);

    const captured = await decode(path);
    assert.deepEqual(captured.stderr, [`${datagrams} datagrams, 120 flow records`]);

    await using house = new CollectorHouse();
    const capability = format === "json" ? "json_udp" : "netflow_udp";
    const { collector } = await house.collectors.start(capability, { port: 0 });
    const replayed = await runProgram(
      ["replay", path, "--to", `127.0.0.1:${collector.port}`, "--speed", "max"],
      { task: "replay" },
    );
    assert.deepEqual([replayed.status, replayed.stderr], [0, []]);
    await received(collector, 120);
    const { counters } = collector.status();
    assert.deepEqual([counters.datagrams, counters.flow_records], [datagrams, 120]);
    assert.deepEqual(recordsOf(collector).map(content), captured.records.map(content));
  });
}

/** Packets of a pcap file so far. */
function pcapRecords(path: string): number {
  const file = Deno.readFileSync(path);
  const view = new DataView(file.buffer);
  let count = 0;
  for (let at = 24; at + 16 <= file.length; count++) at += 16 + view.getUint32(at + 8, true);
  return count;
}

Deno.test("capture --count ends by itself; --anonymise agrees with the key of the environment", async () => {
  using folder = temporaryFolder();
  const flow = '{"src_addr":"10.1.1.1","dst_addr":"10.1.1.2","bytes":5}';
  const files: Json[][] = [];
  for (const [i, key] of ["one key", "one key", "another key"].entries()) {
    const path = `${folder.path}/${i}.pcap`;
    const port = freeUdpPort();
    await using program = startProgram(
      ["capture", "--on", `127.0.0.1:${port}`, "--to", path, "--count", "2", "--anonymise"],
      { task: "capture", env: { FLOW_ANONYMISE_KEY: key } },
    );
    await program.errorLine(/^listening on/);
    await sendUdp(port, flow, flow);
    assert.equal(await program.ended(), 0);
    assert.match(program.stdout.join("\n"), /wrote 2 datagrams .* addresses replaced/);
    files.push((await decodeJson(path)).map(content));
  }
  assert.deepEqual(files[0], files[1]);
  assert.notDeepEqual(files[0], files[2]);
  const [{ src_addr, dst_addr, bytes }] = files[0];
  assert.ok(src_addr !== "10.1.1.1" && dst_addr !== "10.1.1.2");
  // 10.1.1.1 and 10.1.1.2 share 30 bits.
  assert.equal(src_addr.replace(/\d+$/, ""), dst_addr.replace(/\d+$/, ""));
  assert.equal(bytes, 5);
});

async function decodeJson(path: string): Promise<Json[]> {
  const { stdout } = await runProgram(["decode", "--format", "json_udp", path], { task: "decode" });
  return stdout.map((line) => JSON.parse(line));
}

Deno.test("capture that heard nothing leaves no file and fails, saying so", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/nothing.pcap`;
  const quiet = ["--to", path, "--exporter", "192.0.2.1", "--seconds"];
  const nobody = await runProgram(
    ["capture", "--on", `127.0.0.1:${freeUdpPort()}`, ...quiet, "0.1"],
    { task: "capture" },
  );
  assert.equal(nobody.status, 1);
  assert.match(nobody.stderr.join("\n"), /nothing came from 192\.0\.2\.1: .* is removed$/m);
  assert.throws(() => Deno.statSync(path), Deno.errors.NotFound);
  const { program, port } = await startCapture([...quiet, "1"]);
  await using _ = program;
  await sendUdp(port, "{}");
  assert.equal(await program.ended(), 1);
  await program.errorLine(/others sent 1 datagram$/);
  assert.throws(() => Deno.statSync(path), Deno.errors.NotFound);
});

Deno.test("capture leaves a file that exists alone, and a port in use to whoever has it", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/there.pcap`;
  Deno.writeTextFileSync(path, "mine");
  const port = freeUdpPort();
  const args = ["capture", "--on", `127.0.0.1:${port}`];
  const there = await runProgram([...args, "--to", path], { task: "capture" });
  assert.equal(there.status, 1);
  assert.match(there.stderr.join("\n"), /exists already/);
  assert.equal(Deno.readTextFileSync(path), "mine");
  using _held = holdPort(port);
  const taken = await runProgram([...args, "--to", `${folder.path}/new.pcap`], { task: "capture" });
  assert.equal(taken.status, 1);
  assert.match(taken.stderr.join("\n"), new RegExp(`port ${port} is in use`));
});

Deno.test("capture and replay say what is missing: wrong usage", async () => {
  for (
    const [args, said] of [
      [["capture"], /--on 2055 --to capture\.pcap/],
      [["capture", "--on", "2055"], /--to/],
      [["capture", "--on", "2055", "--to", "x", "--count", "0"], /--count/],
      [["replay"], /name one file/],
      [["replay", "a.pcap"], /--to 127\.0\.0\.1:2055/],
      [["replay", "a.pcap", "--to", "192.0.2.1:2055"], /--allow-remote/],
      [["replay", "a.pcap", "--to", "127.0.0.1:2055", "--speed", "fast"], /--speed/],
      [["replay", "a.pcap", "--to", "127.0.0.1:2055", "--exporter", "x"], /--exporter/],
    ] as const
  ) {
    const { status, stdout, stderr } = await runProgram(args, { task: args[0] });
    assert.deepEqual([status, stdout], [2, []], args.join(" "));
    assert.match(stderr.join("\n"), said);
  }
});

Deno.test("replay of a file that is not there: status 1", async () => {
  const { status, stderr } = await runProgram(
    ["replay", "/nosuch/capture.pcap", "--to", "127.0.0.1:2055"],
    { task: "replay" },
  );
  assert.equal(status, 1);
  assert.match(stderr.join("\n"), /capture\.pcap/);
});
