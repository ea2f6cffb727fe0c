import type { SQLOutputValue } from "node:sqlite";
import { type Dimension, DIMENSIONS, ROLLUP_TABLE, type RollupRow } from "../flow/rollup_schema.ts";
import type { RingIdentity } from "../flow/ring_identity.ts";
import { SegmentDecoder } from "../flow/segment/segment_decoder.ts";
import { openDirectory } from "../flow/segment/segment_directory.ts";
import { SegmentFault } from "../flow/segment/segment_fault.ts";
import {
  type Span,
  sumFields,
  type SumRows,
  type SumTier,
  TIER_MS,
  type TierReach,
  type TrafficSums,
  type UnsummedRows,
} from "../query/sums/traffic_sums.ts";
import { atOnce } from "./at_once.ts";
import type { HistoryConnection } from "./history_connection.ts";
import { storedRollup } from "./rollup_store.ts";

/** What the sums are asked of. */
type Connection = Pick<HistoryConnection, "database" | "prepare">;
/** Asks the database something; undefined where there is none. */
export type AskDatabase = <T>(ask: (connection: Connection) => T) => T | undefined;

const SUMMED = "SELECT end_row FROM summed JOIN collector ON collector.id = summed.collector " +
  "WHERE capability = ? AND port = ? AND epoch = ?";
const UNSUMMED = "SELECT * FROM unsummed WHERE to_ms >= ? AND from_ms < ?";

/** What is read from the database in one go. */
const HOURS_AT_ONCE = 24;
const PACKED = "SELECT id, hour_ms AS at_ms, directory, pages FROM packed WHERE hour_ms > ? AND " +
  "hour_ms < ? AND dimension = ? ORDER BY hour_ms";
const SUMS = "SELECT id, at_ms, directory, pages FROM rollup WHERE tier = ? AND at_ms >= ? AND " +
  "at_ms < ?";
const REACH = "SELECT min(at_ms) AS first, max(at_ms) AS last, " +
  "(SELECT min(hour_ms) FROM packed) AS packed, (SELECT max(hour_ms) FROM packed) AS lastPacked " +
  "FROM rollup WHERE tier = ?";
/** All traffic has an exporter, if only an unknown one. */
const FIRST_MINUTES = "SELECT directory FROM packed WHERE hour_ms = ? AND dimension = 0";
/** By hour the newest of its minutes. */
const NEWEST =
  "SELECT at_ms - at_ms % 3600000 AS hour, max(id) AS id FROM rollup WHERE tier = 60 " +
  "AND at_ms >= ? AND at_ms < ? GROUP BY hour";

/** Reads the sums of `history.db` while the history worker writes it. */
export class HistorySums implements TrafficSums {
  readonly #ask: AskDatabase;
  /** Lent to others that read the same file. */
  readonly decoder: SegmentDecoder<RollupRow>;

  /** @param ask a database of the newest version */
  constructor(ask: AskDatabase, decoder = new SegmentDecoder<RollupRow>(ROLLUP_TABLE)) {
    this.#ask = ask;
    this.decoder = decoder;
  }

  reach(tier: SumTier): TierReach {
    const found = this.#ask(({ prepare }) => prepare(REACH).get(TIER_MS[tier] / 1000)!);
    if (found === undefined) return null;
    const { first, last, packed, lastPacked } = found as Record<string, number | null>;
    const none: Span = { fromMs: Infinity, toMs: -Infinity };
    const single = first === null ? none : { fromMs: first, toMs: last! + TIER_MS[tier] };
    const hours = packed === null || tier === "hours"
      ? none
      : { fromMs: this.#firstMinute(packed), toMs: lastPacked! + TIER_MS.hours };
    const fromMs = Math.min(single.fromMs, hours.fromMs);
    return fromMs === Infinity ? null : { fromMs, toMs: Math.max(single.toMs, hours.toMs) };
  }

  /** The first minute of a packed hour with traffic: what has begun within the hour has none before. */
  #firstMinute(hourMs: number): number {
    const firsts = this.#ask(({ prepare }) =>
      prepare(FIRST_MINUTES).all(hourMs).map(({ directory }) => {
        const opened = openDirectory(directory as Uint8Array);
        const first = opened instanceof SegmentFault ? null : opened.columns.received_at?.min;
        return typeof first === "number" ? Math.max(first, hourMs) : hourMs;
      })
    );
    // It may have gone meanwhile.
    return firsts === undefined || firsts.length === 0 ? hourMs : Math.min(...firsts);
  }

  summedUpTo({ capability, port, epoch }: RingIdentity): number {
    const found = this.#ask(({ prepare }) => prepare(SUMMED).get(capability, port, epoch));
    return (found?.end_row ?? 0) as number;
  }

  unsummed({ fromMs, toMs }: Span): UnsummedRows[] {
    const found = this.#ask(({ prepare }) => prepare(UNSUMMED).all(fromMs, toMs)) ?? [];
    return found.map((row) => ({
      fromMs: row.from_ms as number,
      toMs: row.to_ms as number,
      rows: row.rows as number,
    }));
  }

  *read(
    tier: SumTier,
    { span: { fromMs, toMs }, dimension }: { span: Span; dimension: Dimension },
  ): Generator<SumRows | SegmentFault> {
    const step = TIER_MS.hours * HOURS_AT_ONCE;
    for (let at = fromMs - fromMs % TIER_MS.hours; at < toMs; at += step) {
      const span = { fromMs: Math.max(at, fromMs), toMs: Math.min(at + step, toMs) };
      // Minutes are put together, and hours summed, while they are read.
      const found = this.#ask((connection) =>
        atOnce(
          connection.database,
          () => tier === "hours" ? hours(connection, span) : minutes(connection, span, dimension),
        )
      ) ?? [];
      for (const row of found) yield this.#decode(row, { fromMs, toMs }, dimension);
    }
  }

  #decode(
    row: Record<string, SQLOutputValue>,
    { fromMs, toMs }: Span,
    dimension: Dimension,
  ): SumRows | SegmentFault {
    const stored = storedRollup(row);
    if (stored instanceof SegmentFault) return stored;
    const decoded = this.decoder.decode(stored.directory, sumFields(dimension), stored.pages);
    if (decoded instanceof SegmentFault) return decoded;
    const { columns, rows } = decoded;
    // Those of an hour may begin before what is asked for, and end behind it.
    const slotSince = (ms: number) => {
      const slot = columns.received_at.subarray(0, rows).findIndex((at) => at >= ms);
      return slot < 0 ? rows : slot;
    };
    const start = slotSince(fromMs);
    const end = columns.received_at[rows - 1] < toMs ? rows : slotSince(toMs);
    return { start, end, columns };
  }
}

type FoundRow = Record<string, SQLOutputValue>;

function minutes(
  { prepare }: Connection,
  { fromMs, toMs }: Span,
  dimension: Dimension,
): FoundRow[] {
  const packed = prepare(PACKED)
    .all(fromMs - TIER_MS.hours, toMs, DIMENSIONS.indexOf(dimension));
  const single = prepare(SUMS).all(TIER_MS.minutes / 1000, fromMs, toMs);
  return packed.concat(single).sort(byTime);
}

function hours({ prepare }: Connection, { fromMs, toMs }: Span): FoundRow[] {
  const found = prepare(SUMS).all(TIER_MS.hours / 1000, fromMs, toMs);
  const summed = new Map(found.map(({ at_ms, id }) => [at_ms, id as number]));
  const late = prepare(NEWEST).all(fromMs, toMs)
    .filter(({ hour, id }) => (id as number) > (summed.get(hour) ?? 0));
  // Ids grow: minutes that were written after the sum of their hour are not in it.
  const added = prepare(`${SUMS} AND id > ?`);
  return found.concat(late.flatMap(({ hour }) => {
    const ms = hour as number;
    return added.all(TIER_MS.minutes / 1000, ms, ms + TIER_MS.hours, summed.get(hour) ?? 0);
  })).sort(byTime);
}

/** So that a reader that is ended early has what came before where it stopped. */
function byTime(a: FoundRow, b: FoundRow): number {
  return (a.at_ms as number) - (b.at_ms as number);
}
