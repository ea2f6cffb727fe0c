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
/** Learnt ahead so often it is always at hand. */
export const LEARN_AHEAD_MS = 20_000;
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

/** How `OverlapMemory` reads rows. */
interface LearnOptions {
  /** As of `scanWindow`. */
  readonly inPlace: boolean;
  /** Asked between blocks, may throw. */
  readonly cancelled: () => void;
}

/** Learns which observation points overlap, and remembers it for a while. */
export class OverlapMemory {
  readonly hash = new ConversationHash();
  readonly #now: () => number;
  #learnt: { overlap: Overlap; of: readonly FlowSource[]; rows: number; until: number } | null =
    null;

  /** @param now milliseconds since any moment */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * What is known of the points of some sources; learnt now where it is not known yet, or too old.
   *
   * @param sources rings, each as it is
   * @throws {Overtaken} in place
   */
  async overlap(sources: readonly FlowSource[], options: LearnOptions): Promise<Overlap> {
    const known = this.#knownOf(sources);
    if (
      known !== null && this.#now() < known.until &&
      (known.rows >= LEARN_ROWS || rowsOf(sources) <= known.rows * GROWTH)
    ) return known.overlap;
    return await this.#learn(sources, options);
  }

  /** Learns ahead of the next question, where rows have come since: it need not wait then. */
  async ahead(sources: readonly FlowSource[]): Promise<void> {
    const known = this.#knownOf(sources);
    if (known !== null && known.rows === rowsOf(sources)) known.until = this.#now() + HOLDS_MS;
    else await this.#learn(sources, { inPlace: false, cancelled: () => {} });
  }

  #knownOf(sources: readonly FlowSource[]) {
    const known = this.#learnt;
    const isOf = known !== null && known.of.length === sources.length &&
      known.of.every((source, i) => source === sources[i]);
    return isOf ? known : null;
  }

  async #learn(
    sources: readonly FlowSource[],
    { inPlace, cancelled }: LearnOptions,
  ): Promise<Overlap> {
    const rows = rowsOf(sources);
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
    this.#learnt = { overlap, of: [...sources], rows, until: this.#now() + HOLDS_MS };
    return overlap;
  }
}

function rowsOf(sources: readonly FlowSource[]): number {
  return sources.reduce((sum, { ring }) => sum + ring.committed, 0);
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
