import assert from "node:assert/strict";
import { fixtureGround, HEALTHY } from "../../tests/support/fixture_ground.ts";
import { type FixtureRow, FlowFixture } from "../../tests/support/flow_fixture.ts";
import { MINUTE } from "../../tests/support/office_traffic.ts";
import { detectBottlenecks } from "./detect_bottlenecks.ts";
import type { InterfaceCapacities } from "./interface_capacities.ts";

const HOUR = { fromMs: 0, toMs: 60 * MINUTE, untilNow: true };
const MBIT = 1e6;
const capacities: InterfaceCapacities = {
  capacity: (exporter, ifIndex) =>
    exporter === "198.18.0.1" && ifIndex < 3
      ? { bits_per_second: 10 * MBIT, source: "configured" }
      : null,
};

/** One flow a minute in by 1 and out by 2, at a rate in bits a second. */
function minutes(rate: (minute: number) => number, row: FixtureRow = {}): FixtureRow[] {
  return Array.from({ length: 60 }, (_, minute) => ({
    exporter: "198.18.0.1",
    in_if: 1,
    out_if: 2,
    src_addr: "10.0.0.1",
    dst_addr: "10.0.0.2",
    protocol: 6,
    src_port: 50_000,
    dst_port: 443,
    start_at: minute * MINUTE,
    end_at: (minute + 1) * MINUTE,
    duration_ms: MINUTE,
    received_at: (minute + 1) * MINUTE - 1,
    bytes: rate(minute) * 60 / 8,
    ...row,
  }));
}

async function detect(
  rows: FixtureRow[],
  { since, ...options }: { thresholdPercent?: number; filter?: string; since?: number } = {},
) {
  const fixture = new FlowFixture();
  const health = () => ({ ...HEALTHY, collecting_since: since ?? HEALTHY.collecting_since });
  fixture.add(...rows.sort((a, b) => (a.received_at as number) - (b.received_at as number)));
  return await detectBottlenecks(fixtureGround([fixture], { health }), {
    window: HOUR,
    filter: "",
    thresholdPercent: 30,
    capacities,
    ...options,
  });
}

Deno.test("p95 and peak of each interface and direction against its capacity, and who fills it", async () => {
  // 59 minutes at 4 Mbit/s, of which a quarter from another source, one minute at 9.5.
  const { items, headline, query } = await detect([
    ...minutes((m) => m === 30 ? 8.5 * MBIT : 3 * MBIT),
    ...minutes(() => MBIT, { src_addr: "10.0.0.9", dst_port: 53, protocol: 17 }),
  ]);
  assert.deepEqual(
    items.map((i) => [i.if_index, i.direction, i.p95_percent, i.peak_percent, i.severity]),
    [[1, "in", 40, 95, "info"], [2, "out", 40, 95, "info"]],
  );
  const [first] = items;
  const all = 59 * 4 + 9.5;
  assert.deepEqual(first.top_sources.map(({ name, bytes }) => [name, bytes]), [
    ["10.0.0.1", (all - 60) * MBIT * 60 / 8],
    ["10.0.0.9", 60 * MBIT * 60 / 8],
  ]);
  assert.equal(first.top_sources[1].share_percent, 100 * 60 / all);
  assert.deepEqual(first.top_services.map(({ name }) => name), [
    "https (tcp/443)",
    "domain (udp/53)",
  ]);
  assert.equal(first.peak_at, "1970-01-01T00:30:00.000Z");
  assert.equal(first.capacity_source, "configured");
  assert.match(
    headline,
    /^In the last hour 2 of 2 interface directions reached 30 % of capacity, the fullest interface 1 of 198\.18\.0\.1, in: 95 % of the time at most 40 % of 10 Mbit\/s, at the peak 95 %, 76 % of it from 10\.0\.0\.1\.$/,
  );
  assert.equal(query.arguments.filter, "exporter 198.18.0.1 and in if 1");
});

Deno.test("severity follows the p95, and the fullest comes first", async () => {
  const at = (out_if: number, share: number) =>
    minutes(() => share * MBIT / 10, { in_if: 0, out_if });
  const { items } = await detect([...at(1, 75), ...at(2, 95)]);
  assert.deepEqual(items.map((i) => [i.if_index, i.severity]), [[2, "critical"], [1, "warning"]]);
});

Deno.test("a load that rises is foreseen; one that only varies, or would take days, is not", async () => {
  const [rising] = (await detect(minutes((m) => (2 + 0.1 * m) * MBIT))).items;
  // 8 Mbit/s at the hour's end but for half a minute, 0.1 more each minute.
  assert.ok(
    Math.abs(rising.seconds_to_saturation! - 20.5 * 60) < 1,
    `${rising.seconds_to_saturation}`,
  );
  const [varying] = (await detect(minutes((m) => (m % 2 === 0 ? 4 : 6) * MBIT))).items;
  assert.equal(varying.seconds_to_saturation, null);
  const [slow] = (await detect(minutes((m) => (4 + 0.001 * m) * MBIT))).items;
  assert.equal(slow.seconds_to_saturation, null);
  const [falling] = (await detect(minutes((m) => (8 - 0.1 * m) * MBIT))).items;
  assert.equal(falling.seconds_to_saturation, null);
});

Deno.test("of a part of the traffic nothing is foretold", async () => {
  const rising = minutes((m) => (2 + 0.1 * m) * MBIT);
  const whole = await detect(rising);
  assert.ok(whole.items[0].seconds_to_saturation! > 0);
  assert.deepEqual(whole.trust.notes, []);
  const part = await detect(rising, { filter: "src host 10.0.0.1" });
  assert.equal(part.items[0].seconds_to_saturation, null);
  assert.equal(part.items[0].peak_percent, whole.items[0].peak_percent);
  assert.doesNotMatch(part.headline, /if the trend holds/);
  assert.match(part.trust.notes.join(), /^Load is that of the traffic which matches the filter/);
});

Deno.test("interfaces of unknown capacity are listed with why; those below the threshold are not", async () => {
  const { items, headline } = await detect([
    ...minutes(() => MBIT),
    ...minutes(() => 5 * MBIT, { in_if: 7, out_if: 0 }),
    ...minutes(() => 5 * MBIT, { exporter: "198.18.0.2", in_if: 1, out_if: 0 }),
  ]);
  assert.deepEqual(
    items.map((i) => [i.kind, i.exporter, i.if_index, i.peak_bits_per_second, i.severity]),
    [
      ["not_judged", "198.18.0.1", 7, 5 * MBIT, null],
      ["not_judged", "198.18.0.2", 1, 5 * MBIT, null],
    ],
  );
  assert.match(items[0].why!, /neither configured nor told/);
  assert.match(
    headline,
    /^In the last hour none of 2 interface directions reached 30 % of capacity; 2 interface directions cannot be judged \(/,
  );
});

Deno.test("without interfaces, or without capacities, the headline says so", async () => {
  assert.match(
    (await detect([])).headline,
    /^No interface is named by the traffic of the last hour\.$/,
  );
  const unknown = await detect(minutes(() => MBIT, { exporter: "198.18.0.3" }));
  assert.match(unknown.headline, /no interface can be judged: 2 interface directions cannot be/);
});

Deno.test("where collection began late, the headline says of how much of the window it tells", async () => {
  const since = 50 * MINUTE;
  const late = minutes(() => MBIT).filter(({ received_at }) => Number(received_at) > since);
  const of = /^In the last hour \(of which 10 minutes were collected\) none of 2 interface/;
  assert.match((await detect(late, { since })).headline, of);
  const unknown = late.map((row) => ({ ...row, exporter: "198.18.0.3" }));
  assert.match(
    (await detect(unknown, { since })).headline,
    /collected\) no interface can be judged/,
  );
  assert.equal(
    (await detect(late.map(({ in_if: _in, out_if: _out, ...row }) => row), { since })).headline,
    "No interface is named by the traffic of the last hour (of which 10 minutes were collected).",
  );
});
