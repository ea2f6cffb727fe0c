import { hex } from "./hex.ts";

/** A JSON flow from 10.1.1.1 to 10.2.2.2, written as an exporter would. */
export function jsonFlow(latencyMs: number | null, port = 443): string {
  const latency = latencyMs === null ? "" : `,"latency_ms":${latencyMs}`;
  return `{"src_addr":"10.1.1.1","dst_addr":"10.2.2.2","src_port":50000,"dst_port":${port},` +
    `"protocol":6,"bytes":1000,"packets":10${latency}}`;
}

/** Latencies of the first implementation's example: one offender at a threshold of 150 ms. */
export const SLOW_FLOW = [10, 20, 30, 200, 220].map((ms) => jsonFlow(ms)).join("\n");

/**
 * Two records of exporter engine 1/7, sampled 1 in 100 (mode 1), sequence 100: octet by octet by
 * Cisco's tables.
 */
export const V5_IN_HEX = hex(`
  0005 0002 000f4240 6553f100 00000000 00000064 01 07 4064
  0a010101 0a020202 0a030303 0001 0002 0000000a 000005dc 000f3a70 000f3e58
  c350 01bb 00 1b 06 10 fde8 fde9 18 10 0000
  0a010102 0a020202 00000000 0001 0002 00000001 00000040 000f3a70 000f3a70
  c351 0035 00 00 11 00 0000 0000 00 00 0000
`);
