import assert from "node:assert/strict";
import { readNtp } from "./read_ntp.ts";

// 2024-01-01T00:00:00Z: 0xe93c7f00 seconds after 1900.
const EXPORT_MS = 1_704_067_200_000;

Deno.test("readNtp() reads seconds since 1900 and a fraction (RFC 7011 §6.1.9)", () => {
  assert.equal(readNtp(0xe93c7f00, 0, EXPORT_MS), EXPORT_MS);
  assert.equal(readNtp(0xe93c7f00, 0x80000000, EXPORT_MS), EXPORT_MS + 500);
  assert.equal(readNtp(0xe93c7f00, 0x40000000, 0), EXPORT_MS + 250, "without a clock to compare");
});

Deno.test("readNtp() reads the era that begins in 2036 (RFC 5905 §6)", () => {
  const pivot = Date.UTC(2036, 1, 7, 6, 28, 16);
  assert.equal(readNtp(10, 0, 0), pivot + 10_000);
  assert.equal(readNtp(0xffffffff, 0, pivot), pivot - 1000);
  assert.equal(readNtp(10, 0, pivot), pivot + 10_000);
});

Deno.test("readNtp() knows no time of 64 zeros", () => {
  assert.ok(Number.isNaN(readNtp(0, 0, EXPORT_MS)));
});

const count = (value: bigint) => [Number(value >> 32n), Number(value & 0xffffffffn)] as const;

for (const [unit, perMs] of [["nano", 1_000_000n], ["micro", 1000n], ["milli", 1n]] as const) {
  Deno.test(`readNtp() takes ${unit}seconds since 1970 within a day of the export`, () => {
    for (const offMs of [-86_400_000, -1234, 0, 1, 86_400_000]) {
      const [high, low] = count(BigInt(EXPORT_MS + offMs) * perMs);
      assert.equal(readNtp(high, low, EXPORT_MS), EXPORT_MS + offMs);
    }
    const [high, low] = count(BigInt(EXPORT_MS - 86_400_001) * perMs);
    assert.ok(Math.abs(readNtp(high, low, EXPORT_MS) - EXPORT_MS) > 86_400_001 * 2, "no more");
  });
}

Deno.test("readNtp() believes the RFC's reading up to a year off", () => {
  const month = 30 * 86_400;
  assert.equal(readNtp(0xe93c7f00 - month, 0, EXPORT_MS), EXPORT_MS - month * 1000);
});
