import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { type Dimension, ROLLUP_TABLE, type RollupRow } from "../flow/rollup_schema.ts";
import type { RingIdentity } from "../flow/ring_identity.ts";
import { SegmentDecoder } from "../flow/segment/segment_decoder.ts";
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
import { storedRollup } from "./rollup_store.ts";

/** Asks the database something; undefined where there is none. */
export type AskDatabase = <T>(ask: (database: DatabaseSync) => T) => T | undefined;

/** Hours or minutes that are read from the database in one go. */
const READ_AT_ONCE = 64;
const SUMS = "SELECT id, at_ms, directory, pages FROM rollup WHERE tier = ? AND at_ms >= ? AND " +
  "at_ms < ?";
/** By hour the newest of its minutes. */
const NEWEST =
  "SELECT at_ms - at_ms % 3600000 AS hour, max(id) AS id FROM rollup WHERE tier = 60 " +
  "AND at_ms >= ? AND at_ms < ? GROUP BY hour";

/** Reads the sums of `history.db` while the history worker writes it. */
export class HistorySums implements TrafficSums {
  readonly #ask: AskDatabase;
  readonly #decoder = new SegmentDecoder<RollupRow>(ROLLUP_TABLE);

  /** @param ask a database of the newest version */
  constructor(ask: AskDatabase) {
    this.#ask = ask;
  }

  reach(tier: SumTier): TierReach {
    const found = this.#ask((database) =>
      database.prepare("SELECT min(at_ms) AS first, max(at_ms) AS last FROM rollup WHERE tier = ?")
        .get(TIER_MS[tier] / 1000)!
    );
    if (typeof found?.first !== "number") return null;
    return { fromMs: found.first, toMs: (found.last as number) + TIER_MS[tier] };
  }

  summedUpTo({ capability, port, epoch }: RingIdentity): number {
    const found = this.#ask((database) =>
      database.prepare(
        `SELECT end_row FROM summed JOIN collector ON collector.id = summed.collector
         WHERE capability = ? AND port = ? AND epoch = ?`,
      ).get(capability, port, epoch)
    );
    return (found?.end_row ?? 0) as number;
  }

  unsummed({ fromMs, toMs }: Span): UnsummedRows[] {
    const found =
      this.#ask((database) =>
        database.prepare("SELECT * FROM unsummed WHERE to_ms >= ? AND from_ms < ?").all(
          fromMs,
          toMs,
        )
      ) ?? [];
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
    const fields = sumFields(dimension);
    const step = READ_AT_ONCE * TIER_MS[tier];
    for (let at = fromMs; at < toMs; at += step) {
      const found = this.#ask((database) =>
        rollups(database, tier, { fromMs: at, toMs: Math.min(at + step, toMs) })
      ) ?? [];
      for (const row of found) {
        const stored = storedRollup(row);
        if (stored instanceof SegmentFault) {
          yield stored;
        } else {
          const { atMs, directory, pages } = stored;
          const decoded = this.#decoder.decode(directory, fields, pages);
          yield decoded instanceof SegmentFault ? decoded : { atMs, ...decoded };
        }
      }
    }
  }
}

function rollups(
  database: DatabaseSync,
  tier: SumTier,
  { fromMs, toMs }: Span,
): Record<string, SQLOutputValue>[] {
  const sums = database.prepare(SUMS);
  const found = sums.all(TIER_MS[tier] / 1000, fromMs, toMs);
  if (tier === "minutes") return found;
  const summed = new Map(found.map(({ at_ms, id }) => [at_ms, id as number]));
  const late = database.prepare(NEWEST).all(fromMs, toMs)
    .filter(({ hour, id }) => (id as number) > (summed.get(hour) ?? 0));
  // Ids grow: minutes that were written after the sum of their hour are not in it.
  const minutes = database.prepare(`${SUMS} AND id > ?`);
  return found.concat(late.flatMap(({ hour }) => {
    const ms = hour as number;
    return minutes.all(TIER_MS.minutes / 1000, ms, ms + TIER_MS.hours, summed.get(hour) ?? 0);
  }));
}
