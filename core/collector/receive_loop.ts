/// <reference lib="deno.worker" />
import { workerClock } from "../flow/worker_clock.ts";
import { LIMITS } from "../wire/limits.ts";
import { describeWireError, type WireError } from "../wire/wire_error.ts";
import type { Capability } from "./capability.ts";
import { Intake } from "./intake.ts";
import type { LearntBatch } from "./learnt_batch.ts";
import type { StartMessage, WorkerMessage } from "./messages.ts";
import { socketAddress } from "./start_failure.ts";
import type { TapSwitch } from "./tap_switch.ts";
import { warmUp } from "./warm_up.ts";

const BEAT_MS = 500;
/** Problems are counted always and told at most so often. */
const PROBLEM_EVERY_MS = 5000;
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
  warmUp(capability);
  const socket = open(message, post);
  if (socket === null) return;
  stop.addEventListener("abort", () => socket.close());
  const clock = workerClock(message.clock);
  const now = () => clock.now();
  const intake = new Intake(capability, { ...message, taps, now, tell: problemTeller(post) });
  const beating = setInterval(() => intake.control.beat(), BEAT_MS);
  const tellLearnt = learntTeller(intake.learnt, post);
  const telling = setInterval(() => tellLearnt(LIMITS.toldWeight), TELL_EVERY_MS);
  post({ type: "listening", ...addressOf(socket) });
  const buffer = new Uint8Array(LIMITS.datagramBytes);
  try {
    while (true) {
      const [datagram, source] = await socket.receive(buffer);
      const { hostname: address, port } = source as Deno.NetAddr;
      intake.take(datagram, { address, port }, clock.now());
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
