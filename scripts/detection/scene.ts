import { seededRandom } from "../../core/wire/encode/seeded_random.ts";
import type { FlowSource } from "../../core/query/flow_source.ts";
import { type FixtureRow, FlowFixture } from "../../tests/support/flow_fixture.ts";
import { TrafficLog } from "../../tests/support/traffic_log.ts";
import type { Observation } from "./observation.ts";
import type { Site } from "./site.ts";

const MINUTE = 60_000;
/** Rows that a ring holds at least; it grows with what there is. */
const LEAST_ROWS = 1 << 14;

/** A stretch of a site's ordinary traffic, as its exporters saw it. */
export interface Scene {
  readonly site: Site;
  readonly observed: Observation;
  readonly fromMs: number;
  readonly toMs: number;
  readonly sources: readonly FlowSource[];
  readonly rows: number;
}

/**
 * Makes a scene, minute by minute.
 *
 * @param site whose traffic it is
 * @param options the stretch of time, what is `observed`, and which rows are left out (`lost`)
 */
export function playScene(
  site: Site,
  { fromMs, toMs, observed, lost = () => false }: {
    fromMs: number;
    toMs: number;
    observed: Observation;
    lost?: (row: FixtureRow) => boolean;
  },
): Scene {
  const log = new TrafficLog();
  const rows: FixtureRow[] = [];
  const random = seededRandom(fromMs / MINUTE);
  for (let at = fromMs; at < toMs; at += MINUTE) {
    site.minute(log, at);
    for (const row of log.rows) {
      if (Number(row.received_at) < toMs && !lost(row)) rows.push(...observed(row, random));
    }
    log.rows.length = 0;
  }
  return { site, observed, fromMs, toMs, sources: [ringOf(rows)], rows: rows.length };
}

/** A ring with rows, in the order that they arrive. */
export function ringOf(rows: FixtureRow[]): FlowSource {
  rows.sort((a, b) => Number(a.received_at) - Number(b.received_at));
  const capacity = 1 << Math.ceil(Math.log2(Math.max(LEAST_ROWS, rows.length * 1.2)));
  const fixture = new FlowFixture({ capacity });
  for (const row of rows) fixture.add(row);
  return fixture.source;
}
