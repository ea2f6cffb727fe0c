import { formatTime } from "../../flow/record_reader.ts";
import type { SampleFlow } from "./scenario.ts";

/** Most objects that surely fit a datagram of an Ethernet frame. */
export const JSON_FLOWS_PER_DATAGRAM = 5;

/**
 * Writes flows as one JSON array, in flow-agent's own names.
 *
 * @param flows at most JSON_FLOWS_PER_DATAGRAM for one datagram without fragments
 */
export function encodeJson(flows: readonly SampleFlow[]): Uint8Array {
  const objects = flows.map(({ start_ms, end_ms, ...flow }) => ({
    ...flow,
    start_at: formatTime(start_ms),
    end_at: formatTime(end_ms),
  }));
  return new TextEncoder().encode(JSON.stringify(objects));
}
