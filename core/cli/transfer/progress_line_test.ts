import assert from "node:assert/strict";
import { ProgressLine } from "./progress_line.ts";

/** A terminal that keeps what is written, and a clock that is set by hand. */
function watched() {
  const written: string[] = [];
  const decoder = new TextDecoder();
  const terminal = {
    writeSync: (bytes: Uint8Array) => {
      written.push(decoder.decode(bytes));
      return bytes.length;
    },
  };
  const clock = { ms: 0 };
  return { written, clock, line: new ProgressLine(terminal, () => clock.ms) };
}

Deno.test("a progress line shows part, flows and rate, at most ten times a second", () => {
  const { written, clock, line } = watched();
  clock.ms = 2000;
  line.show(3000, 0.5);
  line.show(3001, 0.6);
  clock.ms = 2099;
  line.show(3002, 0.7);
  assert.equal(written.length, 1);
  clock.ms = 2100;
  line.show(4200, 1.2);
  line.clear();
  assert.deepEqual(written, [
    `\r[${"#".repeat(15)}${"-".repeat(15)}]  50 % 3,000 flows, 1,500/s\x1b[K`,
    `\r[${"#".repeat(30)}] 100 % 4,200 flows, 2,000/s\x1b[K`,
    "\r\x1b[K",
  ]);
});

Deno.test("a progress line has no bar where nobody knows how much there is, and nothing to clear", () => {
  const { written, clock, line } = watched();
  line.clear();
  assert.deepEqual(written, []);
  clock.ms = 1000;
  line.show(7, null);
  assert.deepEqual(written, ["\r7 flows, 7/s\x1b[K"]);
});

Deno.test("without a terminal nothing is shown, and the rate is known all the same", () => {
  let ms = 0;
  const line = new ProgressLine(null, () => ms);
  assert.equal(line.rate(0), 0);
  ms = 500;
  line.show(1000, 0.1);
  line.clear();
  assert.equal(line.rate(1000), 2000);
});
