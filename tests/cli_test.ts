import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { ciscoV5 } from "./support/cisco_v5.ts";
import { ethernetPacket, pcapOf } from "./support/packets.ts";
import { type Outcome, ROOT, runProgram, startProgram } from "./support/program.ts";
import type { Json } from "./support/raw_mcp.ts";
import { jsonFlow, SLOW_FLOW, V5_IN_HEX } from "./support/sample_datagrams.ts";
import { temporaryFolder } from "./support/temporary_folder.ts";
import { sendUdp } from "./support/udp.ts";
import { until } from "./support/until.ts";

const CORPUS = `${ROOT}tests/corpus`;
const SOFTFLOWD = `${CORPUS}/netflow5-softflowd-split/capture.pcap`;
const GOFLOW = `${CORPUS}/netflow5-goflow/capture.pcap`;
const ANYWHERE = {
  FLOW_CAPABILITIES: '["json_udp","./tests/fixtures/json_anywhere.ts"]',
  FLOW_COLLECTOR_HOST: "127.0.0.1",
};

/** Runs `decode` on files, which may be given by name and content. */
async function decode(
  files: Readonly<Record<string, Uint8Array | string>>,
  args: readonly string[] = [],
): Promise<Outcome & { records: Json[] }> {
  using folder = temporaryFolder();
  const paths = Object.entries(files).map(([name, content]) => {
    const path = `${folder.path}/${name}`;
    if (typeof content === "string") Deno.writeTextFileSync(path, content);
    else Deno.writeFileSync(path, content);
    return path;
  });
  const outcome = await runProgram(["decode", ...args, ...paths], { task: "decode" });
  return { ...outcome, records: outcome.stdout.map((line) => JSON.parse(line)) };
}

/** A little-endian pcapng file (one Ethernet interface) of the same packets as a pcap file. */
function pcapngOf(packets: readonly Uint8Array[]): Uint8Array {
  const block = (type: number, body: number[]): number[] => {
    const length = 12 + body.length;
    return [...u32(type), ...u32(length), ...body, ...u32(length)];
  };
  const u32 = (value: number) => [0, 8, 16, 24].map((shift) => (value >>> shift) & 255);
  const section = block(0x0a0d0d0a, [...u32(0x1a2b3c4d), 1, 0, 0, 0, ...Array(8).fill(255)]);
  const port = block(1, [1, 0, 0, 0, ...u32(65_535)]);
  const bodies = packets.map((packet) => {
    const pad = Array(-packet.length & 3).fill(0);
    return block(6, [
      ...[...u32(0), ...u32(0x0006_0000), ...u32(0), ...u32(packet.length), ...u32(packet.length)],
      ...packet,
      ...pad,
    ]);
  });
  return Uint8Array.from([...section, ...port, ...bodies.flat()]);
}

/** An Ethernet frame that carries a datagram to a port. */
function frameTo(port: number, payload: Uint8Array): Uint8Array {
  const frame = ethernetPacket({
    source: "192.0.2.9",
    destination: "192.0.2.1",
    sourcePort: 50_123,
    destinationPort: port,
    protocol: "udp",
    payload: payload.length,
  });
  frame.set(payload, frame.length - payload.length);
  return frame;
}

Deno.test("decode prints a JSON FlowRecord a line, and the summary on standard error", async () => {
  const { status, stdout, stderr } = await runProgram(["decode", SOFTFLOWD], { task: "decode" });
  assert.equal(status, 0);
  assert.equal(stdout.length, 30);
  assert.deepEqual(stderr, ["12 datagrams, 30 flow records"]);
  const first = JSON.parse(stdout[0]);
  assert.deepEqual(
    [first.capability, first.src_addr, first.dst_port, first.bytes, first.start_at],
    ["netflow_udp", "10.0.2.2", 22, 230, "2015-05-02T18:38:04.898Z"],
  );
});

Deno.test("decode gives every value of a version 5 record", async () => {
  const uptime = { sysUptime: 1_000_000, unixSecs: 1_700_000_000, unixNsecs: 500_000_000 };
  const datagram = ciscoV5(
    { ...uptime, flowSequence: 7, engineType: 2, engineId: 3, samplingInterval: (2 << 14) | 10 },
    [{
      srcaddr: "10.1.1.1",
      dstaddr: "10.2.2.2",
      nexthop: "10.3.3.3",
      input: 11,
      output: 12,
      dPkts: 4,
      dOctets: 4000,
      first: 990_000,
      last: 995_500,
      srcport: 50_000,
      dstport: 443,
      tcpFlags: 0x1b,
      prot: 6,
      tos: 0x28,
      srcAs: 64_500,
      dstAs: 64_501,
      srcMask: 24,
      dstMask: 16,
    }],
  );
  const { status, records: [record] } = await decode({ "v5.bin": datagram });
  assert.equal(status, 0);
  const known = Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
  delete known.received_at;
  assert.deepEqual(known, {
    capability: "netflow_udp",
    export_format: "netflow5",
    observation_domain: 0x0203,
    start_at: "2023-11-14T22:13:10.500Z",
    end_at: "2023-11-14T22:13:16.000Z",
    duration_ms: 5500,
    src_addr: "10.1.1.1",
    dst_addr: "10.2.2.2",
    src_port: 50_000,
    dst_port: 443,
    protocol: 6,
    protocol_name: "TCP",
    tcp_flags: 0x1b,
    ip_tos: 0x28,
    bytes: 40_000,
    packets: 40,
    sampling_rate: 10,
    sampling_source: "announced",
    in_if: 11,
    out_if: 12,
    next_hop: "10.3.3.3",
    src_as: 64_500,
    dst_as: 64_501,
    src_prefix_len: 24,
    dst_prefix_len: 16,
  });
});

Deno.test("decode reads pcap, pcapng, raw datagrams and JSON lines, each also as gzip", async () => {
  const json = new TextEncoder().encode(jsonFlow(5));
  const frames = [frameTo(2055, V5_IN_HEX), frameTo(6343, json)];
  // deno-fmt-ignore: one row a file reads as the table it is.
  const files: [string, Uint8Array, number][] = [
    ["capture.pcap", pcapOf(frames.map((packet) => ({ atMs: 1000, packet }))), 3],
    ["capture.pcapng", pcapngOf(frames), 3],
    ["datagram.bin", V5_IN_HEX, 2],
    ["flows.jsonl", new TextEncoder().encode(`${SLOW_FLOW}\n${jsonFlow(6)}\n`), 6],
  ];
  for (const [name, content, count] of files) {
    for (const [path, octets] of [[name, content], [`${name}.gz`, gzipSync(content)]] as const) {
      const { status, records, stderr } = await decode({ [path]: octets });
      assert.equal(status, 0, `${path}: ${stderr.join("\n")}`);
      assert.equal(records.length, count, `${path}: ${stderr.join("\n")}`);
      assert.equal(records.at(-1)!.src_addr, name === "datagram.bin" ? "10.1.1.2" : "10.1.1.1");
    }
  }
});

Deno.test("decode reads several files in order, and shares what it knows of exporters", async () => {
  const { status, stdout, stderr } = await runProgram(["decode", GOFLOW, SOFTFLOWD], {
    task: "decode",
  });
  assert.equal(status, 0);
  assert.equal(stdout.length, 36);
  assert.equal(JSON.parse(stdout[0]).src_addr, "10.128.2.121");
  assert.equal(JSON.parse(stdout[6]).src_addr, "10.0.2.2");
  assert.deepEqual(stderr, ["13 datagrams, 36 flow records"]);
});

Deno.test("decode of a file that breaks off gives what came before, and says where", async () => {
  const whole = Deno.readFileSync(SOFTFLOWD);
  const { status, records, stderr } = await decode({ "cut.pcap": whole.subarray(0, -20) });
  assert.equal(status, 0);
  assert.ok(records.length > 20 && records.length < 30, `${records.length}`);
  assert.match(stderr.join("\n"), /cut\.pcap: octet \d+: truncated_file/);
  assert.match(stderr.at(-1)!, /11 datagrams, \d+ flow records; not decoded: 1 truncated_file/);
});

Deno.test("decode of gzip that breaks off gives what came before", async () => {
  const whole = gzipSync(Deno.readFileSync(SOFTFLOWD));
  const cut = whole.subarray(0, Math.floor(whole.length * 0.7));
  const { status, records, stderr } = await decode({ "cut.pcap.gz": cut });
  assert.equal(status, 0);
  assert.ok(records.length > 10 && records.length < 30, `${records.length}`);
  assert.match(stderr.join("\n"), /cut\.pcap\.gz: octet \d+: truncated_file/);
});

Deno.test("decode of a file that is not there: status 1, and the other files all the same", async () => {
  const { status, stdout, stderr } = await runProgram(
    ["decode", "/nosuch/capture.pcap", GOFLOW],
    { task: "decode" },
  );
  assert.equal(status, 1);
  assert.equal(stdout.length, 6);
  assert.match(stderr.join("\n"), /\/nosuch\/capture\.pcap/);
  assert.equal(stderr.at(-1), "1 datagram, 6 flow records");
});

Deno.test("decode of a folder, without permission, and of an empty file", async () => {
  const folder = await runProgram(["decode", `${CORPUS}/netflow5-goflow`], { task: "decode" });
  assert.equal(folder.status, 1);
  assert.deepEqual(folder.stdout, []);
  const refused = await runProgram(["decode", "/proc/version"], { task: "serve" });
  assert.equal(refused.status, 1);
  assert.match(refused.stderr.join("\n"), /--allow-read/);
  const empty = await decode({ "empty.pcap": "" });
  assert.deepEqual(empty.stdout, []);
  assert.match(empty.stderr.at(-1)!, /0 flow records/);
});

Deno.test("decode of content that no format fits tells so", async () => {
  const { status, stdout, stderr } = await decode({ "notes.txt": "What is this?\nNothing.\n" });
  assert.deepEqual([status, stdout], [1, []]);
  assert.match(stderr[0], /notes\.txt: .*wanted pcap, pcapng, .* JSON/);
  assert.equal(stderr.at(-1), "0 datagrams, 0 flow records");
});

Deno.test("decode --format decides; an unknown one is wrong usage that lists the known", async () => {
  const forced = await decode({ "flow.bin": jsonFlow(5) }, ["--format", "netflow_udp"]);
  assert.equal(forced.records.length, 0);
  assert.match(forced.stderr.join("\n"), /unknown_version/);
  const wrong = await decode({ "flow.bin": "" }, ["--format", "netflow12"]);
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr.join("\n"), /json_udp, netflow_udp, jflow_udp, ipfix_udp/);
  const none = await decode({});
  assert.equal(none.status, 2);
  assert.match(none.stderr.join("\n"), /file/i);
});

Deno.test("decode --elements adds the fields as they were on the wire; JSON has none", async () => {
  const v5 = await decode({ "v5.bin": V5_IN_HEX }, ["--elements"]);
  assert.deepEqual([v5.status, v5.records.length], [0, 2]);
  for (const { elements, src_addr, dst_port, bytes, sampling_rate } of v5.records) {
    assert.equal(elements.srcaddr, src_addr);
    assert.equal(elements.dstport, dst_port);
    assert.equal(elements.dOctets, bytes / sampling_rate);
  }
  const json = await decode({ "flow.json": jsonFlow(5) }, ["--elements"]);
  assert.deepEqual(json.records.map(({ elements }) => elements), [null]);
  const without = await decode({ "v5.bin": V5_IN_HEX });
  assert.ok(without.records.every((record) => !("elements" in record)));
});

/** Sends to a socket of the test, and gives what arrived. */
async function sendTo(args: readonly string[], count: number): Promise<
  Outcome & { datagrams: Uint8Array[] }
> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  const datagrams: Uint8Array[] = [];
  const receiving = (async () => {
    for await (const [datagram] of socket) datagrams.push(datagram.slice());
  })();
  try {
    const outcome = await runProgram(["send", "--to", `127.0.0.1:${port}`, ...args], {
      task: "send",
    });
    await until(`${count} datagrams`, () => datagrams.length >= count ? true : undefined);
    return { ...outcome, datagrams };
  } finally {
    socket.close();
    await receiving;
  }
}

for (const scenario of ["normal", "latency"]) {
  Deno.test(`send --format json --scenario ${scenario}`, async () => {
    const args = ["--format", "json", "--scenario", scenario, "--count", "120", "--rate", "100000"];
    const { status, stdout, datagrams } = await sendTo(args, 1);
    assert.equal(status, 0);
    const [, flows, sent] = /^sent (\d+) flows in (\d+) datagrams to 127\.0\.0\.1 port \d+$/
      .exec(stdout.join("\n"))!.map(Number);
    assert.equal(flows, 120);
    const all = await until(
      "all of them",
      () => datagrams.length === sent ? datagrams : undefined,
    );
    const { records } = await decode(
      Object.fromEntries(all.map((datagram, i) => [`${i}.json`, datagram])),
      ["--format", "json_udp"],
    );
    assert.equal(records.length, 120);
    const slow = records.filter(({ latency_ms }) => latency_ms > 150);
    assert.equal(slow.length > 0, scenario === "latency");
    assert.equal(
      new Set(slow.map(({ src_addr, dst_addr }) => `${src_addr} ${dst_addr}`)).size,
      scenario === "latency" ? 1 : 0,
    );
  });
}

Deno.test("send --format netflow5: 30 flows a datagram, in sequence", async () => {
  const args = ["--format", "netflow5", "--count", "70", "--rate", "100000"];
  const { status, stdout, datagrams } = await sendTo(args, 3);
  assert.equal(status, 0);
  assert.match(stdout.join("\n"), /^sent 70 flows in 3 datagrams/);
  assert.deepEqual(datagrams.map(({ length }) => length), [
    24 + 30 * 48,
    24 + 30 * 48,
    24 + 10 * 48,
  ]);
  const header = datagrams.map(({ buffer }) => new DataView(buffer));
  assert.deepEqual(header.map((view) => [view.getUint16(0), view.getUint16(2)]), [
    [5, 30],
    [5, 30],
    [5, 10],
  ]);
  const first = header[0].getUint32(16);
  assert.deepEqual(header.map((view) => view.getUint32(16) - first), [0, 30, 60]);
});

for (const [format, perDatagram] of [["netflow9", 20], ["ipfix", 15]] as const) {
  Deno.test(`send --format ${format}: its templates first, and decode gives its flows`, async () => {
    const count = 2 * perDatagram + 5;
    const args = ["--format", format, "--count", `${count}`, "--rate", "100000"];
    const { status, stdout, datagrams } = await sendTo(args, 3);
    assert.equal(status, 0);
    assert.match(stdout.join("\n"), new RegExp(`^sent ${count} flows in 3 datagrams`));
    const { records, stderr } = await decode(
      Object.fromEntries(datagrams.map((datagram, i) => [`${i}.datagram`, datagram])),
    );
    assert.deepEqual(stderr, [`3 datagrams, ${count} flow records`]);
    assert.equal(records.length, count);
    for (const record of records) {
      assert.equal(record.export_format, format);
      assert.match(record.src_addr, /^10\.10\.0\.\d+$/);
      assert.ok(Math.abs(Date.now() - Date.parse(record.end_at)) < 60_000, record.end_at);
    }
  });
}

Deno.test("send --format sflow: a sampled packet of each flow, with its round trip", async () => {
  const args = ["--format", "sflow", "--scenario", "latency", "--count", "70", "--rate", "100000"];
  const { status, stdout, stderr, datagrams } = await sendTo(args, 10);
  assert.equal(status, 0);
  assert.match(stdout.join("\n"), /^sent 70 flows in 10 datagrams/);
  assert.doesNotMatch(stderr.join("\n"), /latency/);
  const { records } = await decode(
    Object.fromEntries(datagrams.map((datagram, i) => [`${i}.datagram`, datagram])),
  );
  assert.equal(records.length, 70);
  for (const record of records) {
    assert.equal(record.export_format, "sflow5");
    assert.match(record.src_addr, /^10\.10\.0\.\d+$/);
    assert.equal(record.packets, 100);
    assert.equal(record.latency_ms !== null, record.protocol === 6);
  }
  const slow = records.filter(({ latency_ms }) => latency_ms > 150);
  assert.deepEqual([...new Set(slow.map(({ src_addr }) => src_addr))], ["10.10.0.4"]);
});

for (const format of ["netflow5", "netflow9", "ipfix"]) {
  Deno.test(`send says that ${format} carries no latency`, async () => {
    const args = ["--format", format, "--scenario", "latency", "--count", "30"];
    const { status, stderr } = await sendTo([...args, "--rate", "100000"], 1);
    assert.equal(status, 0);
    assert.match(stderr.join("\n"), new RegExp(`${format} carries no latency.*--format json`));
  });
}

for (const to of ["192.0.2.1:2055", "example.com:2055", "[2001:db8::1]:2055", "0.0.0.0:2055"]) {
  Deno.test(`send --to ${to} is refused without --allow-remote`, async () => {
    const { status, stdout, stderr } = await runProgram(["send", "--to", to, "--count", "1"], {
      task: "send",
    });
    assert.deepEqual([status, stdout], [2, []]);
    assert.match(stderr.join("\n"), /--allow-remote/);
  });
}

Deno.test("agent --once in a process of its own", async () => {
  const { status, stdout } = await runProgram(
    ["agent", "--once", "--capability", "json_anywhere", "--threshold-ms", "99"],
    { task: "agent", env: ANYWHERE },
  );
  assert.equal(status, 0);
  assert.deepEqual(stdout.filter((line) => !line.startsWith("  ")), [
    "CAPABILITIES",
    "START",
    "THRESHOLDS",
    "no alerts",
  ]);
  assert.ok(stdout.some((line) => line.includes("threshold_ms=99")));
});

Deno.test("agent polls, tells of an alert once, and ends with status 0 at SIGTERM", async () => {
  await using agent = startProgram(
    ["agent", "--capability", "json_anywhere", "--poll", "0.1", "--log-level", "error"],
    { task: "agent", env: ANYWHERE },
  );
  const port = await until(
    "the port",
    () =>
      /json_anywhere {2}started {2}UDP 127\.0\.0\.1 port (\d+)/.exec(agent.stdout.join("\n"))?.[1],
  );
  await sendUdp(Number(port), SLOW_FLOW);
  await until("the alert", () => agent.stdout.includes("ALERTS") || undefined);
  await sendUdp(Number(port), SLOW_FLOW, SLOW_FLOW);
  agent.signal("SIGTERM");
  assert.equal(await agent.ended(), 0);
  assert.equal(agent.stdout.filter((line) => line === "ALERTS").length, 1);
  assert.deepEqual(agent.stderr, []);
});

Deno.test("agent with a capability that is not there ends with status 2 and the known ones", async () => {
  const { status, stderr } = await runProgram(["agent", "--once", "--capability", "nosuch"], {
    task: "agent",
    env: ANYWHERE,
  });
  assert.equal(status, 2);
  assert.match(stderr.at(-1)!, /json_udp, json_anywhere/);
});

for (const flag of ["--help", "-h", "help"]) {
  Deno.test(`flow-agent ${flag} lists the commands`, async () => {
    const { status, stdout, stderr } = await runProgram([flag]);
    assert.deepEqual([status, stderr], [0, []]);
    for (const command of ["serve", "agent", "send", "decode", "demo"]) {
      assert.ok(stdout.some((line) => line.startsWith(`  ${command} `)), command);
    }
  });
}

Deno.test("every option stands apart from its description in the help", async () => {
  for (const command of ["serve", "agent", "send", "decode", "demo"]) {
    for (const flag of ["--help", "-h"]) {
      const { status, stdout } = await runProgram([command, flag]);
      assert.equal(status, 0);
      for (const line of stdout.filter((text) => text.startsWith("  --"))) {
        assert.match(line, /^ {2}--[a-z-]+( \S+)? {2,}\S/, `${command}: ${line}`);
      }
    }
  }
});

Deno.test("flow-agent --version prints the version alone", async () => {
  const { status, stdout, stderr } = await runProgram(["--version"]);
  assert.deepEqual([status, stderr, stdout.length], [0, [], 1]);
  assert.match(stdout[0], /^\d+\.\d+\.\d+$/);
});

Deno.test("flow-agent alone, not on a terminal, is the MCP server on stdio", async () => {
  await using server = startProgram([]);
  await server.write(
    '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18",' +
      '"capabilities":{},"clientInfo":{"name":"cli","version":"1"}}}\n',
  );
  await until("the answer", () => server.stdout.length > 0 || undefined);
  assert.equal(JSON.parse(server.stdout[0]).result.serverInfo.name, "flow-agent");
  await server.endInput();
  assert.equal(await server.ended(), 0);
});

Deno.test("demo prints its five parts within 15 s and leaves no file behind", async () => {
  using folder = temporaryFolder();
  const began = performance.now();
  const { status, stdout, stderr } = await runProgram(["demo"], {
    task: "demo",
    env: { TMPDIR: folder.path },
    deadlineMs: 15_000,
  });
  assert.equal(status, 0, stderr.join("\n"));
  assert.deepEqual(stderr, []);
  assert.ok(performance.now() - began < 15_000);
  const headings = stdout.filter((line) => !line.startsWith(" "));
  assert.deepEqual(headings.map((line) => line.split("  ")[0]), [
    "CAPABILITIES",
    "START",
    "THRESHOLDS",
    "ALERTS",
    "TOP TALKERS",
    "TRAFFIC",
  ]);
  const text = stdout.join("\n");
  assert.match(text, /json_udp {2}started {2}UDP 127\.0\.0\.1 port \d+/);
  const [, p95] = /p95 latency ([\d.]+) ms on 10\.10\.0\.4:40030 > 10\.20\.0\.10:443 TCP/.exec(
    text,
  )!;
  assert.ok(Number(p95) > 150);
  assert.match(text, /TRAFFIC {2}900 flows/);
  assert.deepEqual([...Deno.readDirSync(folder.path)], []);
  // Its port is free again: nothing of it runs on.
  const [, port] = /127\.0\.0\.1 port (\d+)/.exec(text)!;
  Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: Number(port) }).close();
});
