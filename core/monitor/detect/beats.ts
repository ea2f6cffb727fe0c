import { type ConversationKey } from "../picture/conversations.ts";
import type { StartLog } from "../picture/start_log.ts";
import type { MonitorView } from "../monitor_view.ts";
import { logBinomialTail, median, medianDeviation } from "./robust.ts";

/** Fewest check-ins that can be called regular. */
const LEAST_CHECK_INS = 8;
/** Connections that begin within this time of each other are one check-in. */
const BURST_MS = 500;
/** A gap is regular when it differs from the middle one by less than this part of it: jitter. */
export const JITTER = 0.3;
/** Of gaps that come by chance (a Poisson process) so many are within the jitter of their median. */
export const BY_CHANCE = Math.exp(-(1 - JITTER) * Math.LN2) - Math.exp(-(1 + JITTER) * Math.LN2);
/** How improbable the regularity must be by chance, over all conversations looked at. */
const LOG_FALSE_ALARM = Math.log(1e-3);
/** Fewer regular gaps than this are no beat, however many there are. */
const LEAST_REGULAR = 0.6;
const SHORTEST_BEAT_MS = 1000;
/** It goes on over this part of the window at least. */
const LEAST_SPAN = 0.25;
/** A conversation with a beat. */
export interface Beat {
  readonly key: ConversationKey;
  readonly id: number;
  readonly moments: Float64Array;
  readonly intervalMs: number;
  /** Share of gaps within the jitter. */
  readonly regular: number;
  /** Median absolute deviation of gaps and of sizes, in parts of their medians. */
  readonly gapSpread: number;
  readonly sizeSpread: number;
  readonly logChance: number;
}

/** Conversations with a beat, and from which probability on (its logarithm) chance is ruled out. */
export function findBeats(view: MonitorView): { beats: Beat[]; log: number } {
  const { conversations } = view.picture;
  const starts = startsByConversation(conversations!.starts!, conversations!.count);
  const log = LOG_FALSE_ALARM - Math.log(Math.max(1, starts.ids.length));
  const beats = starts.ids.flatMap((id, n) => {
    const [from, to] = [starts.from[n], starts.from[n + 1]];
    const times = starts.times.subarray(from, to);
    return beatOf(view, { id, times, bytes: starts.bytes.subarray(from, to), log }) ?? [];
  });
  return { beats, log };
}

/** Times and sizes of the connections of each conversation that has enough of them. */
interface Starts {
  readonly ids: readonly number[];
  /** Where the connections of each begin in `times` and `bytes`; one more than there are ids. */
  readonly from: Int32Array;
  readonly times: Float64Array;
  readonly bytes: Float32Array;
}

function startsByConversation(starts: StartLog, conversations: number): Starts {
  const counts = new Int32Array(conversations);
  for (let i = 0; i < starts.count; i++) counts[starts.conversation[i]]++;
  const ids: number[] = [];
  const place = new Int32Array(conversations).fill(-1);
  let sum = 0;
  for (let id = 0; id < conversations; id++) {
    if (counts[id] < LEAST_CHECK_INS) continue;
    ids.push(id);
    place[id] = sum;
    sum += counts[id];
  }
  const from = Int32Array.from([...ids.map((id) => place[id]), sum]);
  const times = new Float64Array(sum);
  const bytes = new Float32Array(sum);
  for (let i = 0; i < starts.count; i++) {
    const id = starts.conversation[i];
    if (place[id] < 0) continue;
    times[place[id]] = starts.time[i];
    bytes[place[id]++] = starts.bytes[i];
  }
  return { ids, from, times, bytes };
}

function beatOf(
  view: MonitorView,
  { id, times, bytes, log }: { id: number; times: Float64Array; bytes: Float32Array; log: number },
): Beat | null {
  const moments = distinctMoments(times);
  if (moments.length < LEAST_CHECK_INS) return null;
  const span = moments[moments.length - 1] - moments[0];
  // More calls than shortest gaps leave room for: no beat, and no need to sort gaps to see it.
  if (span < view.windowMs * LEAST_SPAN || span < moments.length * SHORTEST_BEAT_MS / 2) {
    return null;
  }
  const gaps = gapsOf(moments);
  const interval = median(gaps);
  if (interval < SHORTEST_BEAT_MS) return null;
  const hits = gaps.filter((gap) => isRegular(gap, interval)).length;
  if (hits < gaps.length * LEAST_REGULAR) return null;
  // The median is one of the gaps, so one of them is regular for certain.
  const logChance = logBinomialTail(hits - 1, gaps.length - 1, BY_CHANCE);
  if (logChance > log) return null;
  const size = median(bytes);
  return {
    key: view.picture.conversations!.key(id),
    id,
    moments,
    intervalMs: interval,
    regular: hits / gaps.length,
    gapSpread: medianDeviation(gaps, interval) / interval,
    sizeSpread: size > 0 ? medianDeviation(bytes, size) / size : 0,
    logChance,
  };
}

function gapsOf(moments: Float64Array): Float64Array {
  return moments.subarray(1).map((time, i) => time - moments[i]);
}

function isRegular(gap: number, interval: number): boolean {
  return Math.abs(gap - interval) <= interval * JITTER;
}

/** Moments in order, those that are close together taken as one. */
function distinctMoments(times: Float64Array): Float64Array {
  const sorted = times.slice().sort();
  let count = 0;
  for (const time of sorted) {
    if (count === 0 || time - sorted[count - 1] >= BURST_MS) sorted[count++] = time;
  }
  return sorted.subarray(0, count);
}

/** When chance was ruled out, Unix milliseconds. */
export function toldAt({ moments, intervalMs }: Beat, log: number): number {
  let hits = 0;
  for (let n = 1; n < moments.length; n++) {
    if (isRegular(moments[n] - moments[n - 1], intervalMs)) hits++;
    if (n + 1 < LEAST_CHECK_INS) continue;
    if (logBinomialTail(hits - 1, n - 1, BY_CHANCE) <= log) return moments[n];
  }
  return moments[moments.length - 1];
}
