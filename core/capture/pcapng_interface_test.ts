import assert from "node:assert/strict";
import { pcapngTimeMs, readPcapngInterface } from "./pcapng_interface.ts";
import { hex } from "../../tests/support/sample_captures.ts";

const TABLE: readonly [what: string, options: string, ticks: bigint, timeMs: number][] = [
  ["microseconds by default", "", 1_700_000_000_123_456n, 1_700_000_000_123.456],
  ["nanoseconds", "0900 0100 09000000", 1_700_000_000_123_456_000n, 1_700_000_000_123.456],
  ["picoseconds", "0900 0100 0c000000", 1_500_000_000n, 1.5],
  ["milliseconds", "0900 0100 03000000", 1_700_000_000_123n, 1_700_000_000_123],
  ["seconds", "0900 0100 00000000", 1_700_000_000n, 1_700_000_000_000],
  ["2^-10 s", "0900 0100 8a000000", 1_740_800_000_512n, 1_700_000_000_500],
  ["2^-32 s", "0900 0100 a0000000", 0x6553_f100_8000_0000n, 1_700_000_000_500],
  ["2^-2 s", "0900 0100 82000000", 6n, 1_500],
  ["an offset", "0e00 0800 0100000000000000", 1_000n, 1_001],
  ["a negative offset", "0e00 0800 ffffffffffffffff", 3_000_000n, 2_000],
  ["an option before", "0200 0300 65746800 0900 0100 03000000", 7n, 7],
  ["options after the end of options", "0000 0000 0900 0100 03000000", 7_000n, 7],
  ["a resolution of the wrong size", "0900 0200 03000000", 7_000n, 7],
  ["an option longer than the block", "0900 ff00 03000000", 7_000n, 7],
];

for (const [what, options, ticks, timeMs] of TABLE) {
  Deno.test(`pcapngTimeMs() reads ${what}`, () => {
    const description = readPcapngInterface(hex(`0100 0000 ffff0000 ${options}`), true);
    assert.deepEqual([description.linkType, description.snapLength], [1, 65_535]);
    const high = Number(ticks >> 32n);
    const low = Number(ticks & 0xffff_ffffn);
    assert.equal(pcapngTimeMs(high, low, description), timeMs);
  });
}
