import assert from "node:assert/strict";
import type { RequestOptions } from "@modelcontextprotocol/client";
import { builtInCapabilities } from "../../capabilities/registry.ts";
import { recordsOf } from "../../tests/support/collector_house.ts";
import { callTool, McpHouse, type ToolAnswer } from "../../tests/support/mcp_house.ts";
import { set, template, u, v9, v9Options } from "../../tests/support/netflow_messages.ts";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { readResult } from "../../tests/support/read_result.ts";
import { until } from "../../tests/support/until.ts";
import { readCapture } from "../capture/read_capture.ts";
import { DatagramDecoder } from "../cli/datagram_decoder.ts";
import { ControlBlock } from "../collector/control_block.ts";
import type { Settings } from "../config/load_config.ts";
import { formatAddressBytes } from "../flow/address.ts";
import type { FlowRecord } from "../flow/schema.ts";
import { captureDatagrams } from "../mcp/tools/capture_datagrams.ts";

// Through a real MCP client, real workers and sockets; the clock is turned by hand, and by less than
// what makes a collector take its worker for hung.

/** IPv4 source and destination, ingress interface, octets. */
const TEMPLATE = set(0, template(256, [[8, 4], [12, 4], [10, 4], [1, 4]]));
const OPTIONS = [
  set(1, v9Options(257, [[1, 4]], [[34, 4]])),
  set(257, u(0, 4) + u(100, 4)),
  set(1, v9Options(258, [[2, 4]], [[82, 6]])),
  set(258, u(3, 4) + "4769302f3300"),
];
const TAUGHT = v9([TEMPLATE, ...OPTIONS], { sequence: 0 });
const data = (sequence: number) =>
  v9([set(256, "0a010101" + "0a010102" + u(3, 4) + u(1000, 4))], { sequence });

/** A server with a folder for captures, and a NetFlow collector that templates have come to. */
class CaptureHouse implements AsyncDisposable {
  readonly folder = temporaryFolder();
  readonly house: McpHouse;
  port = 0;
  #socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  #client: Awaited<ReturnType<McpHouse["connect"]>> | undefined;
  #sent = 0;

  constructor(capture: Settings[string] = {}) {
    this.house = new McpHouse({ capture: { folder: this.folder.path, ...capture } });
  }

  static async open(capture?: Settings[string]): Promise<CaptureHouse> {
    const opened = new CaptureHouse(capture);
    opened.#client = await opened.house.connect();
    const { result } = await opened.call("start_collection", {
      capability: "netflow_udp",
      port: 0,
    });
    opened.port = result.port;
    await opened.send(TAUGHT, data(1));
    await opened.arrived();
    return opened;
  }

  get collector() {
    return this.house.engine.collectors.all[0];
  }

  get files(): string[] {
    return [...Deno.readDirSync(this.folder.path)].map(({ name }) => name).sort();
  }

  call(name: string, args: Record<string, unknown>): Promise<ToolAnswer> {
    return callTool(this.#client!, name, args);
  }

  /** Asks for a capture; the answer comes when it is over. */
  capture(args: Record<string, unknown>, options: RequestOptions = {}) {
    return this.#client!.callTool({
      name: "capture_datagrams",
      arguments: { exporter: "127.0.0.1", ...args },
    }, options);
  }

  async send(...datagrams: Uint8Array[]): Promise<void> {
    for (const datagram of datagrams) {
      await this.#socket.send(datagram, {
        transport: "udp",
        hostname: "127.0.0.1",
        port: this.port,
      });
      this.#sent++;
    }
  }

  arrived(): Promise<true> {
    return until(
      "all datagrams",
      () => this.collector.status().counters.datagrams >= this.#sent || undefined,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.house[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

type Begun = { readonly answer: ReturnType<CaptureHouse["capture"]> };

/** Begins a capture, and waits until its worker copies. */
async function begin(
  house: CaptureHouse,
  args: Record<string, unknown>,
  options: RequestOptions = {},
): Promise<Begun> {
  const answer = house.capture(args, options);
  answer.catch(() => {});
  await until("the capture", () => house.collector.tap.busy || undefined);
  // Datagrams may be quicker than what main tells the worker, but not than two beats of it.
  const control = new ControlBlock(house.collector.memory.control);
  const turned = control.heartbeat + 2;
  await until("the worker to turn to it", () => control.heartbeat >= turned || undefined);
  return { answer };
}

async function resultOf({ answer }: Begun) {
  const { structuredContent: result, isError = false, content } = await answer;
  const [{ text }] = content as { text: string }[];
  return readResult(captureDatagrams, { isError, text, result });
}

/** What a capture holds for whoever has nothing but the file. */
async function decodedAlone(path: string) {
  const problems: string[] = [];
  const decoder = new DatagramDecoder(builtInCapabilities, ({ code }) => problems.push(code));
  const records: FlowRecord[] = [];
  let datagrams = 0;
  using file = Deno.openSync(path);
  for await (const event of readCapture(file.readable)) {
    if (event.kind !== "datagram") continue;
    datagrams++;
    const { payload, sourceAddress, sourcePort, destinationPort, receivedAtMs } = event.datagram;
    const source = { address: formatAddressBytes(sourceAddress), port: sourcePort };
    const capability = decoder.choose(payload, destinationPort)!;
    records.push(...decoder.decode(capability, payload, { source, receivedAtMs }));
  }
  return { records, problems, datagrams };
}

const content = ({ received_at: _at, ...rest }: FlowRecord) => rest;

Deno.test("a capture of data whose templates came before decodes alone to the same records", async () => {
  await using house = await CaptureHouse.open();
  const begun = await begin(house, { max_datagrams: 2, anonymise: false });
  await house.send(data(2), data(3));
  const result = await resultOf(begun);
  const { file, octets, complete, ...counts } = result;
  assert.deepEqual(counts, { datagrams: 2, templates: 3, not_captured: 0 });
  assert.match(complete, /^All its data can be decoded; 3 templates .* put in front/);
  assert.match(file, /^127\.0\.0\.1_\d{8}T\d{6}Z_1\.pcap$/);
  assert.deepEqual(house.files, [file]);
  const path = `${house.folder.path}/${file}`;
  const { size, mode } = Deno.statSync(path);
  assert.deepEqual([size, mode! & 0o777], [octets, 0o600]);
  const alone = await decodedAlone(path);
  assert.deepEqual([alone.problems, alone.records.length], [[], 2]);
  assert.deepEqual(alone.records.map(content), recordsOf(house.collector).slice(1).map(content));
  const [{ in_if_name, sampling_rate, bytes, src_addr }] = alone.records;
  assert.deepEqual([in_if_name, sampling_rate, bytes], ["Gi0/3", 100, 100_000]);
  assert.equal(src_addr, "10.1.1.1");
});

Deno.test("an anonymised capture decodes to the same but for addresses and names, and is not named", async () => {
  await using house = await CaptureHouse.open();
  const begun = await begin(house, { max_datagrams: 2 });
  await house.send(data(2), data(3));
  const { file, complete } = await resultOf(begun);
  assert.match(file, /^anonymised_\d/);
  assert.match(complete, /addresses are replaced/);
  const { records, problems } = await decodedAlone(`${house.folder.path}/${file}`);
  assert.deepEqual([problems, records.length], [[], 2]);
  const [record] = records;
  const [original] = recordsOf(house.collector);
  assert.deepEqual([record.bytes, record.in_if], [original.bytes, original.in_if]);
  assert.ok(record.src_addr !== "10.1.1.1" && record.exporter !== "127.0.0.1");
  assert.ok(/^[A-Z]+$/i.test(record.in_if_name!) && record.in_if_name !== "Gi0/3");
  // 10.1.1.1 and 10.1.1.2 have 30 bits in common.
  assert.equal(record.src_addr!.replace(/\d+$/, ""), record.dst_addr!.replace(/\d+$/, ""));
});

Deno.test("a capture ends when its time is over, and waits for templates until then", async () => {
  await using house = await CaptureHouse.open();
  const begun = await begin(house, { max_datagrams: 1, anonymise: false, seconds: 3 });
  const unknown = v9([set(300, u(1, 4))], { sequence: 2 });
  await house.send(unknown);
  await house.arrived();
  house.house.clock.advance(3000);
  const { complete, datagrams } = await resultOf(begun);
  assert.equal(datagrams, 1);
  assert.match(complete, /^Templates never came.*: template 300 of domain 0; .*the time was over/);
});

Deno.test("who asks for progress hears how many datagrams there are", async () => {
  await using house = await CaptureHouse.open();
  const told: number[] = [];
  const begun = await begin(house, { max_datagrams: 2, anonymise: false }, {
    onprogress: ({ progress, total }) => told.push(progress, total!),
  });
  await house.send(data(2));
  await until("the first one", () => told.length > 0 || undefined);
  await house.send(data(3));
  await resultOf(begun);
  assert.deepEqual(told.slice(0, 2), [1, 2]);
});

Deno.test("nothing of other exporters is captured, and a capture of nothing leaves no file", async () => {
  await using house = await CaptureHouse.open();
  const begun = await begin(house, { exporter: "192.0.2.77", seconds: 3 });
  await house.send(data(2));
  await house.arrived();
  house.house.clock.advance(3000);
  const { isError, content } = await begun.answer;
  assert.equal(isError, true);
  assert.match(
    (content as { text: string }[])[0].text,
    /nothing came from 192\.0\.2\.77 in 3 s.* come from is what counts.* sFlow agent/,
  );
  assert.doesNotMatch((content as { text: string }[])[0].text, /did you mean/);
  assert.deepEqual(house.files, []);
});

Deno.test("a capture of nothing asks whether another exporter was meant that is heard", async () => {
  await using house = await CaptureHouse.open();
  const begun = await begin(house, { exporter: "127.0.0.11", seconds: 3 });
  house.house.clock.advance(3000);
  const { content } = await begun.answer;
  assert.match(
    (content as { text: string }[])[0].text,
    /^nothing came from 127\.0\.0\.11 in 3 s: did you mean 127\.0\.0\.1\? Else see in capability_status/,
  );
});

Deno.test("a capture whose request is cancelled keeps what was captured", async () => {
  await using house = await CaptureHouse.open();
  const giveUp = new AbortController();
  const begun = await begin(house, { anonymise: false }, { signal: giveUp.signal });
  await house.send(data(2));
  await house.arrived();
  giveUp.abort();
  await assert.rejects(begun.answer);
  await until("its end", () => house.collector.tap.busy ? undefined : true);
  const [logged] = await until("the log line", () => {
    const lines = house.house.log.lines.filter(({ text }) => text === "captured");
    return lines.length > 0 ? lines : undefined;
  });
  assert.equal(logged.properties.datagrams, 1);
  assert.match(String(logged.properties.complete), /given up early/);
  const { records } = await decodedAlone(`${house.folder.path}/${house.files[0]}`);
  assert.equal(records.length, 1);
  // The next one may begin, in the same second too.
  const again = await begin(house, { max_datagrams: 1, anonymise: false });
  await house.send(data(3));
  assert.match((await resultOf(again)).file, /_2\.pcap$/);
});

Deno.test("a collector that stops ends its capture", async () => {
  await using house = await CaptureHouse.open();
  const begun = await begin(house, { anonymise: false });
  await house.send(data(2));
  await house.arrived();
  await house.call("stop_collection", { capability: "netflow_udp" });
  const { complete, datagrams } = await resultOf(begun);
  assert.equal(datagrams, 1);
  assert.match(complete, /collector stopped/);
});

Deno.test("a server that ends writes what was captured", async () => {
  await using house = await CaptureHouse.open();
  const begun = await begin(house, { anonymise: false });
  await house.send(data(2));
  await house.arrived();
  await house.house.engine.stop();
  assert.match((await resultOf(begun)).complete, /given up early/);
  assert.equal(house.files.length, 1);
});

Deno.test("a capture ends where its file or the folder is full; then none is made any more", async () => {
  await using house = await CaptureHouse.open({ max_file_bytes: 1024, max_folder_bytes: 1024 });
  const begun = await begin(house, { anonymise: false });
  for (let sequence = 2; sequence < 20; sequence++) await house.send(data(sequence));
  const { octets, complete } = await resultOf(begun);
  assert.ok(octets > 700 && octets <= 1024, `${octets}`);
  assert.match(complete, /as large as it may be/);
  const full = await house.call("capture_datagrams", { exporter: "127.0.0.1" });
  assert.match(full.text, /take \d+ of 1024 octets; move some away, or raise capture\.max_folder/);
  assert.equal(house.files.length, 1);
});

Deno.test("what cannot be captured is refused with the remedy", async () => {
  await using house = await CaptureHouse.open();
  // deno-fmt-ignore: one row a refusal reads as the table it is.
  const refused: [Record<string, unknown>, RegExp][] = [
    [{ exporter: "router" }, /"router" is no IP address/],
    [{ exporter: "../../etc" }, /is no IP address/],
    [{ exporter: "127.0.0.1", capability: "nosuch" }, /no capability "nosuch"; there are json_udp/],
    [{ exporter: "127.0.0.1", capability: "netflow_dup" }, /"netflow_dup"; did you mean "netflow_udp"\?$/],
    [{ exporter: "127.0.0.1", capability: "json_udp" }, /no such collector runs; running: netflow_udp:\d+/],
    [{ exporter: "127.0.0.1", port: 1 }, /no such collector runs/],
    [{ exporter: "127.0.0.1", seconds: 601 }, /600/],
    [{ exporter: "127.0.0.1", file: "x" }, /file/],
  ];
  for (const [args, says] of refused) {
    const { isError, text } = await house.call("capture_datagrams", args);
    assert.equal(isError, true, JSON.stringify(args));
    assert.match(text, says);
  }
  const begun = await begin(house, { max_datagrams: 1, anonymise: false });
  const second = await house.call("capture_datagrams", { exporter: "127.0.0.1" });
  assert.match(second.text, /running already/);
  await house.send(data(2));
  await resultOf(begun);
  assert.equal(house.files.length, 1);
});

Deno.test("capture_datagrams is offered only where a folder is configured", async () => {
  await using house = await CaptureHouse.open();
  await using without = new McpHouse();
  const names = async (one: McpHouse) =>
    (await (await one.connect()).listTools()).tools.map(({ name }) => name);
  assert.ok((await names(house.house)).includes("capture_datagrams"));
  assert.ok(!(await names(without)).includes("capture_datagrams"));
});
