import type { ArchivedLife } from "../flow_archive.ts";
import { TIER_MS } from "./traffic_sums.ts";

/**
 * Since when sums hold what was collected: of the minute or hour in which all began they have only the
 * rest, as where history.db was begun anew within it.
 *
 * @param sumsFromMs begin of the oldest sums there are, Unix milliseconds; Infinity for none
 * @param lives that lasted until then or longer, in the order of their begin
 */
export function summedSince(sumsFromMs: number, lives: readonly ArchivedLife[]): number {
  const began = lives.find(({ toMs }) => toMs > sumsFromMs)?.fromMs ?? -Infinity;
  return began < sumsFromMs + TIER_MS.hours ? Math.max(began, sumsFromMs) : sumsFromMs;
}
