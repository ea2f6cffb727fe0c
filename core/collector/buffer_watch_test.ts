import assert from "node:assert/strict";
import { CaptureLog } from "../../tests/support/capture_log.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { BufferWatch } from "./buffer_watch.ts";
import { bearableRate, bufferCommand, isSmall } from "./receive_buffer_advice.ts";

const STOCK = { datagrams: 92, atLeast: false };

function house(os = "linux") {
  const clock = new FakeClock();
  const log = new CaptureLog();
  const watch = new BufferWatch({ clock, log: log.logger, os });
  let datagrams = 0;
  const collector = {
    capability: "netflow_udp",
    port: 2055,
    status: () => ({ counters: { datagrams } }),
  };
  /** A second in which so many datagrams came. */
  const second = (more: number): void => {
    datagrams += more;
    clock.advance(1000);
    watch.look([collector]);
  };
  const warnings = () => log.at("warning").map(({ properties }) => properties);
  watch.look([collector]);
  return { watch, second, warnings, log };
}

Deno.test("a stock buffer is good to 9,200 datagrams a second; Linux and macOS can enlarge it", () => {
  assert.equal(bearableRate(STOCK), 9200);
  assert.equal(bufferCommand("linux", null), "sysctl -w net.core.rmem_default=4194304");
  assert.equal(bufferCommand("darwin", 1e4), "sysctl -w net.inet.udp.recvspace=4194304");
  assert.equal(bufferCommand("windows", null), null);
});

Deno.test("a buffer is small by the rate, and without one by what is enough for most", () => {
  const good = { datagrams: 1820, atLeast: false };
  assert.deepEqual([isSmall(STOCK, null), isSmall(STOCK, 9200), isSmall(STOCK, 9201)], [
    true,
    false,
    true,
  ]);
  assert.deepEqual([isSmall(good, null), isSmall(good, 182_000), isSmall(good, 182_001)], [
    false,
    false,
    true,
  ]);
  assert.equal(isSmall({ datagrams: 4096, atLeast: true }, 1e6), false);
  // 500,000 a second for 10 ms are 5,000 datagrams of 2,304 octets, 11.5 million.
  assert.equal(bufferCommand("linux", 500_000), "sysctl -w net.core.rmem_default=16777216");
});

Deno.test("a rate that the buffer bears is no word worth, one beyond it is told with the remedy", () => {
  const { watch, second, warnings } = house();
  watch.know(STOCK);
  for (let i = 0; i < 5; i++) second(9200);
  assert.deepEqual(warnings(), []);
  second(18_400);
  assert.deepEqual(warnings(), [{
    capability: "netflow_udp",
    port: 2055,
    datagrams_per_second: 18_400,
    holds_datagrams: 92,
    lasts_ms: 5,
    remedy: 'run "sudo sysctl -w net.core.rmem_default=4194304", then start the collector anew',
  }]);
});

Deno.test("it is told again only when it is twice as bad", () => {
  const { watch, second, warnings } = house();
  watch.know(STOCK);
  for (const rate of [20_000, 20_000, 39_999, 5, 20_000, 40_000, 40_000]) second(rate);
  assert.deepEqual(warnings().map(({ datagrams_per_second: rate }) => rate), [20_000, 40_000]);
});

Deno.test("what is not known, or held all that was sent, warns of nothing", () => {
  for (const buffer of [null, { datagrams: 4096, atLeast: true }]) {
    const { watch, second, warnings } = house();
    second(1e6);
    watch.know(buffer);
    second(1e6);
    assert.deepEqual(warnings(), []);
  }
});

Deno.test("the log at start says what the buffer is good for", () => {
  const { watch, log } = house();
  watch.know(STOCK);
  const [{ properties }] = log.lines;
  assert.deepEqual(properties, {
    holds_datagrams: 92,
    or_more: false,
    good_to_datagrams_per_second: 9200,
    enlarged_by: "sysctl -w net.core.rmem_default=4194304",
  });
});
