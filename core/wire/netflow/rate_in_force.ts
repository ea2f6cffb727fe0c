import { SAMPLING_SOURCES } from "../../flow/schema.ts";

const ANNOUNCED = SAMPLING_SOURCES.indexOf("announced");
const CONFIGURED = SAMPLING_SOURCES.indexOf("configured");
/** Where a rate of 0 is from: nobody said one. */
export const ASSUMED = SAMPLING_SOURCES.indexOf("assumed");

/**
 * The sampling rate of records that carry none: the operator's stands above the exporter's.
 *
 * @param configured one in this many; 0 for none
 * @param announced the same, by the exporter
 * @returns the `rate`, and as `source` where it is from, an index into SAMPLING_SOURCES
 */
export function rateInForce(
  configured: number,
  announced: number,
): { rate: number; source: number } {
  if (configured > 0) return { rate: configured, source: CONFIGURED };
  return { rate: announced, source: announced > 0 ? ANNOUNCED : ASSUMED };
}
