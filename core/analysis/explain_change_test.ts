import assert from "node:assert/strict";
import { fixtureGround, HEALTHY } from "../../tests/support/fixture_ground.ts";
import { FlowFixture } from "../../tests/support/flow_fixture.ts";
import {
  arrivedIn,
  BEFORE_WINDOW,
  bytesOf,
  MINUTE,
  NOW_WINDOW,
  officeTraffic,
} from "../../tests/support/office_traffic.ts";
import type { FlowRecord } from "../flow/schema.ts";
import { explainChange } from "./explain_change.ts";

const { fixtures, records } = officeTraffic(3);

const KEYS: Readonly<Record<string, (r: FlowRecord) => string | null>> = {
  source: (r) => r.src_addr,
  destination: (r) => r.dst_addr,
  in_interface: (r) => r.in_if === null ? null : `(${r.in_if}) of ${r.exporter}`,
  out_interface: (r) => r.out_if === null ? null : `(${r.out_if}) of ${r.exporter}`,
};

/** What was watched at the interface itself counts, else at the other end. */
function watchedThere(rows: readonly FlowRecord[], dimension: string): readonly FlowRecord[] {
  if (!dimension.endsWith("interface")) return rows;
  const here = rows.filter(({ direction }) =>
    (direction === "egress") === (dimension === "out_interface")
  );
  return here.length > 0 ? here : rows;
}

Deno.test("parts and residual of every dimension add up exactly to the whole difference", async () => {
  const { items, query } = await explainChange(fixtureGround(fixtures), {
    window: NOW_WINDOW,
    filter: "",
    time: "arrival",
    against: BEFORE_WINDOW,
  });
  const [now, before] = [NOW_WINDOW, BEFORE_WINDOW].map((window) => arrivedIn(records, window));
  const [total, ...parts] = items;
  assert.deepEqual(
    [total.now, total.before, total.change, total.unit],
    [bytesOf(now), bytesOf(before), bytesOf(now) - bytesOf(before), "octets"],
  );
  const dimensions = Map.groupBy(parts, ({ dimension }) => dimension);
  assert.equal(dimensions.size, 5);
  for (const [dimension, list] of dimensions) {
    for (const key of ["now", "before", "change"] as const) {
      assert.equal(
        list.reduce((sum, part) => sum + part[key], 0),
        total[key],
        `${dimension} ${key}`,
      );
    }
    const key = KEYS[dimension];
    if (key === undefined) continue;
    for (const part of list.filter(({ change_kind }) => change_kind !== "residual")) {
      if (part.name === null && dimension.endsWith("interface")) continue;
      const name = part.name?.replace(
        /^ge-\d\/\d\/\d |^interface (\d+)/,
        (_, index) => index === undefined ? "" : `(${index})`,
      );
      const of = (window: readonly FlowRecord[]) =>
        bytesOf(watchedThere(window.filter((r) => key(r) === name), dimension));
      assert.deepEqual([part.now, part.before], [of(now), of(before)], `${part.name}`);
      assert.equal(part.share_of_change_percent, 100 * part.change / total.change);
    }
  }
  assert.equal(query.tool, "query_flows");
});

const SMALL = { fromMs: MINUTE, toMs: 2 * MINUTE, untilNow: true };

function fixtureOf(rows: readonly [at: number, src: string, bytes: number][]): FlowFixture {
  const fixture = new FlowFixture();
  for (const [at, src_addr, bytes] of rows) fixture.add({ received_at: at, src_addr, bytes });
  return fixture;
}

Deno.test("what is new, gone, grew, shrank and stayed is told apart, and named in the headline", async () => {
  const fixture = fixtureOf([
    [0, "10.0.0.1", 1000],
    [0, "10.0.0.2", 1000],
    [0, "10.0.0.3", 1000],
    [0, "10.0.0.4", 10_000],
    [MINUTE, "10.0.0.2", 3000],
    [MINUTE, "10.0.0.3", 400],
    [MINUTE, "10.0.0.4", 10_050],
    [MINUTE, "10.0.0.5", 50_000],
  ]);
  const { items, headline } = await explainChange(fixtureGround([fixture]), {
    window: SMALL,
    filter: "",
    time: "arrival",
    against: { fromMs: 0, toMs: MINUTE, untilNow: false },
  });
  assert.deepEqual(
    items.filter(({ dimension }) => dimension === "source").map((
      i,
    ) => [i.name, i.change_kind, i.change]),
    [
      ["10.0.0.5", "new", 50_000],
      ["10.0.0.2", "grew", 2000],
      ["10.0.0.1", "gone", -1000],
      ["10.0.0.3", "shrank", -600],
      ["10.0.0.4", "steady", 50],
      ["all other", "residual", 0],
    ],
  );
  assert.match(
    headline,
    /^Traffic in the last minute was 63\.5 kB, 4\.88 times as much as in the window before \(13 kB\): source 10\.0\.0\.5 is new with 50 kB \(99 % of the difference\)/,
  );
});

Deno.test("windows of different lengths are compared by rates", async () => {
  const fixture = fixtureOf([[0, "10.0.0.1", 600], [MINUTE, "10.0.0.1", 600]]);
  const { items, headline } = await explainChange(fixtureGround([fixture]), {
    window: SMALL,
    filter: "",
    time: "arrival",
    against: { fromMs: -MINUTE, toMs: MINUTE, untilNow: false },
  });
  assert.deepEqual(
    [items[0].unit, items[0].now, items[0].before, items[0].change],
    ["bit/s", 80, 40, 40],
  );
  assert.match(headline, /was 80 bit\/s, 100 % more than in the 2 minutes to/);
});

Deno.test("a long flow counts whole where it was told of, which is said, or by its own time", async () => {
  const fixture = new FlowFixture();
  fixture.add(
    { received_at: 0, src_addr: "10.0.0.1", start_at: 0, end_at: 0, bytes: 100 },
    { received_at: MINUTE, src_addr: "10.0.0.1", start_at: MINUTE, end_at: MINUTE, bytes: 100 },
    // Two minutes of a backup, half of them before the window.
    { received_at: 2 * MINUTE, src_addr: "10.0.0.2", start_at: 0, end_at: 2 * MINUTE, bytes: 9000 },
  );
  const ask = async (time: "arrival" | "flow") => {
    const { items, trust } = await explainChange(fixtureGround([fixture]), {
      window: SMALL,
      filter: "",
      time,
      against: { fromMs: 0, toMs: MINUTE, untilNow: false },
    });
    const backup = items.find(({ name }) => name === "10.0.0.2");
    return [items[0].change, backup?.change_kind, trust.notes];
  };
  assert.deepEqual(await ask("arrival"), [9000, "new", [
    "By the flows' own time it was 4.6 kB before and 4.6 kB in the window so far: flows longer " +
    'than it count whole where they were told of; ask with time "flow".',
  ]]);
  assert.deepEqual(await ask("flow"), [0, undefined, []]);
});

Deno.test("what a device watched at both its interfaces counts at each of them once", async () => {
  const fixture = new FlowFixture();
  for (const [received_at, bytes] of [[0, 100_000], [MINUTE, 1_000_000]]) {
    const way = { received_at, bytes, src_addr: "10.0.0.1", exporter: "198.18.0.1" };
    fixture.add(
      { ...way, in_if: 1, out_if: 2, direction: "ingress" },
      { ...way, in_if: 1, out_if: 2, direction: "egress" },
    );
  }
  const { items } = await explainChange(fixtureGround([fixture]), {
    window: SMALL,
    filter: "",
    time: "arrival",
    against: { fromMs: 0, toMs: MINUTE, untilNow: false },
  });
  for (const [dimension, index] of [["in_interface", 1], ["out_interface", 2]] as const) {
    const [part, rest] = items.filter((item) => item.dimension === dimension);
    assert.deepEqual(
      [part.name, part.before, part.now, part.change_kind],
      [`interface ${index} of 198.18.0.1`, 100_000, 1_000_000, "grew"],
    );
    // The second observation of it.
    assert.deepEqual([rest.name, rest.change], ["all other", 900_000]);
  }
});

Deno.test("windows of one length are compared by rates where one was not collected whole", async () => {
  // At the same rate, of the first window only the last 57 seconds.
  const fixture = fixtureOf(
    Array.from({ length: 117 }, (_, i) => [3000 + i * 1000, "10.0.0.1", 1000]),
  );
  const { items, headline } = await explainChange(
    fixtureGround([fixture], { health: () => ({ ...HEALTHY, collecting_since: 3000 }) }),
    {
      window: SMALL,
      filter: "",
      time: "arrival",
      against: { fromMs: 0, toMs: MINUTE, untilNow: false },
    },
  );
  assert.deepEqual(
    [items[0].before, items[0].now, items[0].unit, items[0].change_kind],
    [8000, 8000, "bit/s", "steady"],
  );
  assert.equal(
    headline,
    "Traffic in the last minute was 8 kbit/s, as much as in the window before (8 kbit/s).",
  );
});

Deno.test("no traffic in either window, or in one, is said plainly", async () => {
  const ask = (rows: readonly [number, string, number][]) =>
    explainChange(fixtureGround([fixtureOf(rows)]), {
      window: SMALL,
      filter: "",
      time: "arrival",
      against: { fromMs: 0, toMs: MINUTE, untilNow: false },
    });
  assert.equal(
    (await ask([])).headline,
    "There was no traffic in the last minute, and none in the window before.",
  );
  assert.match(
    (await ask([[MINUTE, "10.0.0.1", 5]])).headline,
    /was 5 B, against none in the window/,
  );
  assert.match(
    (await ask([[0, "10.0.0.1", 5]])).headline,
    /was 0 B, 100 % less than in the window before \(5 B\): source 10\.0\.0\.1 is gone with 5 B/,
  );
});

Deno.test("a reference that was not collected is none, and both windows are told of", async () => {
  const { trust, headline, items } = await explainChange(
    fixtureGround([fixtureOf([[MINUTE, "10.0.0.1", 5]])], {
      health: () => ({ ...HEALTHY, collecting_since: MINUTE }),
    }),
    {
      window: SMALL,
      filter: "",
      time: "arrival",
      against: { fromMs: 0, toMs: MINUTE, untilNow: false },
    },
  );
  assert.equal(
    headline,
    "Nothing was collected in the minute to 1970-01-01T00:01:00.000Z: there is nothing to compare " +
      "with; traffic in the last minute was 5 B.",
  );
  assert.deepEqual(items, []);
  assert.match(trust.notes.join("\n"), /^1970-01-01T00:00:00\.000Z\/.*: Collection began only at/m);
  assert.deepEqual([trust.asked_from, trust.asked_to], [
    "1970-01-01T00:01:00.000Z",
    "1970-01-01T00:02:00.000Z",
  ]);
  assert.equal(trust.rows_scanned, 1, "each window's rows count once");
});

Deno.test("windows that overlap are said to, and what was lost in both is told once", async () => {
  const at = MINUTE + 30_000;
  const ground = fixtureGround([fixtureOf([[at, "10.0.0.1", 5]])], {
    health: (from, to) => ({
      ...HEALTHY,
      loss: at < from || at > to
        ? []
        : [{ exporter: "192.0.2.1", observation_domain: 0, unit: "flows", lost: 37 }],
    }),
  });
  const ask = async (fromMs: number, toMs: number) => {
    const against = { fromMs, toMs, untilNow: false };
    const { trust } = await explainChange(ground, {
      ...{ window: SMALL, filter: "", time: "arrival", against },
    });
    const notes = trust.notes.filter((note) => note.includes("overlap"));
    return { lost: trust.loss.map(({ lost }) => lost), notes };
  };
  const says = (time: string) => [
    `The windows overlap by ${time}: what passed in that time counts in both.`,
  ];
  assert.deepEqual(await ask(30_000, 90_000), { lost: [37], notes: says("30 seconds") });
  assert.deepEqual(await ask(0, 2 * MINUTE), { lost: [37], notes: says("1 minute") });
  assert.deepEqual(await ask(0, MINUTE), { lost: [37], notes: [] });
});
