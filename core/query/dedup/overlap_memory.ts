import type { FlowSource } from "../flow_source.ts";
import { scanWindow } from "../scan.ts";
import { ConversationHash } from "./conversation_hash.ts";
import { DEDUP_FIELDS, isConversation } from "./dedup_columns.ts";
import { judgeOverlap, type PointCluster } from "./judge_overlap.ts";
import { newestSince } from "./newest_since.ts";
import { OverlapSample } from "./overlap_sample.ts";
import { PointTable } from "./point_table.ts";

/** Rows that are learnt from, the newest of all sources: some milliseconds of work. */
const LEARN_ROWS = 1 << 17;
/** How long what was learnt holds. */
const HOLDS_MS = 30_000;
/** While there are few rows, it is learnt again when there are so many times as many. */
const GROWTH = 1.25;

/** Which points see the same conversations. */
export interface Overlap {
  readonly points: PointTable;
  readonly clusters: readonly PointCluster[];
  /** Cluster of each point by its number; -1 for none. */
  readonly clusterOf: Int32Array;
  /** Place of each point in its cluster; 0 is where conversations count first. */
  readonly rankOf: Int32Array;
}

/** Learns which observation points overlap, and remembers it for a while. */
export class OverlapMemory {
  readonly hash = new ConversationHash();
  #learnt: { overlap: Overlap; of: readonly FlowSource[]; rows: number; until: number } | null =
    null;

  /**
   * What is known of the points of some sources; learnt now where it is not known yet, or too old.
   *
   * @param sources rings, each as it is
   * @param options `inPlace` as of `scanWindow`, `cancelled` asked between blocks, may throw
   * @throws {Overtaken} in place
   */
  async overlap(
    sources: readonly FlowSource[],
    { inPlace, cancelled }: { inPlace: boolean; cancelled: () => void },
  ): Promise<Overlap> {
    const rows = sources.reduce((sum, { ring }) => sum + ring.committed, 0);
    const known = this.#learnt;
    if (
      known !== null && performance.now() < known.until &&
      known.of.length === sources.length && known.of.every((source, i) => source === sources[i]) &&
      (known.rows >= LEARN_ROWS || rows <= known.rows * GROWTH)
    ) return known.overlap;
    const points = new PointTable();
    const sample = new OverlapSample();
    const { hash } = this;
    const all = { fromMs: -Infinity, toMs: Infinity, untilNow: true };
    await scanWindow(sources, {
      window: newestSince(sources, all, LEARN_ROWS).window,
      fields: DEDUP_FIELDS,
      inPlace,
      enough: () => (cancelled(), false),
    }, (block, { start, end }) => {
      for (let slot = start; slot < end; slot++) {
        if (!isConversation(block, slot)) continue;
        hash.takeHigh(block, slot);
        if (!sample.wants(hash.high)) continue;
        const point = points.intern(block, slot);
        if (point < 0) continue;
        hash.takeLow(block, slot);
        sample.add(block, slot, { point, hash });
      }
    });
    const overlap = arrange(points, judgeOverlap(sample.conversations(), (id) => points.point(id)));
    this.#learnt = { overlap, of: [...sources], rows, until: performance.now() + HOLDS_MS };
    return overlap;
  }
}

function arrange(points: PointTable, clusters: readonly PointCluster[]): Overlap {
  const clusterOf = new Int32Array(points.count).fill(-1);
  const rankOf = new Int32Array(points.count);
  clusters.forEach((cluster, number) =>
    cluster.points.forEach((point, rank) => {
      clusterOf[point] = number;
      rankOf[point] = rank;
    })
  );
  return { points, clusters, clusterOf, rankOf };
}
