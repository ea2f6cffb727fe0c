/// <reference lib="deno.worker" />
import { ExporterPolicy } from "../exporter/exporter_policy.ts";
import { ExporterTable } from "../exporter/exporter_table.ts";
import { Dictionary } from "../flow/dictionary.ts";
import { DEVICE_COUNTER_TABLE, INTERFACE_TABLE } from "../flow/interface_schema.ts";
import { InterfaceNames } from "../flow/interface_names.ts";
import { FlowRing } from "../flow/ring.ts";
import { sanitizeWireText } from "../flow/sanitize.ts";
import { RingWriter } from "../flow/ring_writer.ts";
import { RowWriter } from "../flow/row_writer.ts";
import { TableRing } from "../flow/table_ring.ts";
import { workerClock } from "../flow/worker_clock.ts";
import type { DatagramSource } from "../wire/codec.ts";
import { InterfaceNameKeeper } from "../wire/interface_name_keeper.ts";
import { LIMITS } from "../wire/limits.ts";
import { describeWireError, type DropReason, type WireError } from "../wire/wire_error.ts";
import type { Capability } from "./capability.ts";
import { ControlBlock } from "./control_block.ts";
import { LearntBatch } from "./learnt_batch.ts";
import type { StartMessage, WorkerMessage } from "./messages.ts";
import { ReceiveGaps } from "./receive_gaps.ts";
import { recognises } from "./recognises.ts";
import { socketAddress } from "./start_failure.ts";
import { StrangerTable } from "./stranger_table.ts";
import type { TapSwitch } from "./tap_switch.ts";

const BEAT_MS = 500;
/** Problems are counted always and told at most so often. */
const PROBLEM_EVERY_MS = 5000;
/** What a codec says of a datagram that is not of its protocol. */
const UNREAD: ReadonlySet<DropReason> = new Set([
  "unknown_version",
  "truncated_header",
  "bad_json",
  "not_an_object",
]);
/** What the codec learns is told at most so often. */
const TELL_EVERY_MS = 1000;

/**
 * The life of a collector's worker: opens its socket, decodes what arrives and counts it, until it
 * is told to stop.
 *
 * @param message what to collect, and the memory to write to
 * @param capability the protocol
 * @param main `post` tells it, `stop` is its wish to end, `taps` copies datagrams when it wishes
 */
export async function receiveLoop(
  message: StartMessage,
  capability: Capability,
  { post, stop, taps }: {
    post: (message: WorkerMessage) => void;
    stop: AbortSignal;
    taps: TapSwitch;
  },
): Promise<void> {
  const socket = open(message, post);
  if (socket === null) return;
  stop.addEventListener("abort", () => socket.close());
  const clock = workerClock(message.clock);
  const control = new ControlBlock(message.memory.control);
  const rows = new RingWriter(new FlowRing(message.memory.ring));
  const tellProblem = problemTeller(post);
  const strangers = new StrangerTable(message.memory.strangers);
  let unread = false;
  const report = (error: WireError): void => {
    unread ||= UNREAD.has(error.code);
    control.drop(error.code, error.count, clock.now());
    tellProblem(error);
  };
  const policy = new ExporterPolicy(message.exporters);
  const memory = new LearntBatch(message.known);
  const dictionary = new Dictionary(message.memory.dictionary);
  const interfaces = new RowWriter(INTERFACE_TABLE, {
    rows: new RingWriter(new TableRing(INTERFACE_TABLE, message.memory.interfaces)),
    dictionary,
  });
  const codec = capability.buildCodec({
    rows,
    interfaces,
    deviceCounters: new RowWriter(DEVICE_COUNTER_TABLE, {
      rows: new RingWriter(new TableRing(DEVICE_COUNTER_TABLE, message.memory.deviceCounters)),
      dictionary,
    }),
    dictionary,
    interfaceNames: new InterfaceNameKeeper(new InterfaceNames(message.memory.interfaceNames)),
    exporters: new ExporterTable(message.memory.exporters),
    templates: (count) => control.templates(count),
    setsWithoutTemplate: (change) => control.setsWithoutTemplate(change),
    configuredRate: (address) => policy.samplingRate(address),
    memory,
    report,
  });
  const beating = setInterval(() => control.beat(), BEAT_MS);
  const tellLearnt = learntTeller(memory, post);
  const telling = setInterval(() => tellLearnt(LIMITS.toldWeight), TELL_EVERY_MS);
  post({ type: "listening", ...addressOf(socket) });
  const gaps = new ReceiveGaps(control.gapCells);
  const buffer = new Uint8Array(LIMITS.datagramBytes);
  try {
    while (true) {
      const [datagram, source] = await socket.receive(buffer);
      const nowMs = clock.now();
      gaps.received(nowMs);
      const { hostname: address, port } = source as Deno.NetAddr;
      const from = { address, port };
      const allowed = policy.allows(address);
      unread = false;
      if (allowed) {
        try {
          taps.tap?.take(datagram, from, codec, nowMs);
          codec.decode(datagram, from, nowMs);
        } catch (error) {
          report(decoderFault(capability, error));
        }
      } else refuse(from, { control, capability, tellProblem });
      if (!allowed || (unread && !recognises(capability, datagram))) {
        const kind = allowed ? "unread" : "refused";
        strangers.note(datagram, from, { kind, nowMs });
      }
      // Records first: whoever sees a datagram counted sees what it held.
      control.flowRecords(rows.next);
      control.interfaceSamples(interfaces.written);
      control.datagram(datagram.length);
    }
  } catch (error) {
    // Closing the socket is how this loop is woken to stop.
    if (!stop.aborted) throw error;
  }
  clearInterval(beating);
  clearInterval(telling);
  tellLearnt(Infinity);
  taps.hear({ type: "tap_end" });
  post({ type: "stopped" });
}

function refuse(
  { address }: DatagramSource,
  { control, capability, tellProblem }: {
    control: ControlBlock;
    capability: Capability;
    tellProblem: (error: WireError) => void;
  },
): void {
  control.refuse();
  tellProblem({
    protocol: capability.name,
    code: "exporter_not_allowed",
    offset: 0,
    found: `a datagram from ${sanitizeWireText(address)}`,
    expected: "an address that exporter.allow names",
    count: 1,
  });
}

function learntTeller(
  memory: LearntBatch,
  post: (message: WorkerMessage) => void,
): (maxWeight: number) => void {
  let leftOut = 0;
  return (maxWeight) => {
    const changes = memory.take(maxWeight);
    if (changes !== null) post({ type: "learnt", changes });
    if (memory.leftOut === leftOut) return;
    const text = `learnt more than can be kept for a restart: ${memory.leftOut - leftOut} left out`;
    post({ type: "problem", text });
    leftOut = memory.leftOut;
  };
}

/** A defect in a decoder costs its datagram, never the collector. */
function decoderFault({ name }: Capability, error: unknown): WireError {
  return {
    protocol: name,
    code: "decoder_fault",
    offset: 0,
    found: sanitizeWireText(
      error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    ),
    expected: "a decoder that does not throw",
    count: 1,
  };
}

function open(
  { host, port, shared }: StartMessage,
  post: (message: WorkerMessage) => void,
): Deno.DatagramConn | null {
  try {
    const address = { transport: "udp", hostname: host, port } as const;
    // Whoever would bind a shareable socket beside another takes its datagrams: see that nobody is
    // there. Only in place of a worker that hangs, and keeps its socket, is that what is wanted.
    if (!shared) Deno.listenDatagram(address).close();
    const socket = Deno.listenDatagram({ ...address, reuseAddress: true });
    // The socket is all it needs from now on: the grant would allow TCP too.
    Deno.permissions.revokeSync({ name: "net", host: socketAddress(host, port) });
    return socket;
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    post({ type: "failed", error: name, message });
    return null;
  }
}

function addressOf(socket: Deno.DatagramConn): { host: string; port: number } {
  const { hostname, port } = socket.addr as Deno.NetAddr;
  return { host: hostname, port };
}

function problemTeller(post: (message: WorkerMessage) => void): (error: WireError) => void {
  let nextAt = 0;
  let silent = 0;
  return (error) => {
    const now = performance.now();
    if (now < nextAt) {
      silent++;
      return;
    }
    const before = silent > 0 ? ` (and ${silent} before it)` : "";
    post({ type: "problem", text: describeWireError(error) + before });
    silent = 0;
    nextAt = now + PROBLEM_EVERY_MS;
  };
}
