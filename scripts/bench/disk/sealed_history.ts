import type { History } from "../../../core/history/history.ts";
import { HistoryArchive } from "../../../core/history/history_archive.ts";
import { SEGMENT_ROWS } from "../../../core/flow/segment/segment_directory.ts";
import type { FlowSource } from "../../../core/query/flow_source.ts";
import { flowQuery } from "../../../core/query/engine/flow_query.ts";
import { QueryEngine } from "../../../core/query/engine/run_query.ts";
import { VERSION } from "../../../core/version.ts";
import { openHistory } from "../open_history.ts";
import { type DiskEngine, type DiskQuestion, folderOctets } from "./disk_engine.ts";

const TUPLE = ["src_addr", "dst_addr", "src_port", "dst_port", "protocol"];
const QUERIES = {
  sources: { group_by: ["src_addr"] },
  tuples: { group_by: TUPLE },
  service: { filter: "dst port 443 and bytes > 10k", group_by: ["dst_addr"] },
  services: { group_by: ["service"] },
  series: { group_by: [], bucket_seconds: 10, time: "arrival" },
} as const;

/** Seals what a ring takes in, as serve does, and says how long that took. */
export class SealedHistory {
  readonly #folder: string;
  readonly #history: History;
  readonly #ring: FlowSource["ring"];
  #sealed = 0;
  /** Milliseconds of work for each whole segment. */
  readonly times: number[] = [];

  /**
   * @param folder for history.db
   * @param source whose ring is followed
   */
  constructor(folder: string, source: FlowSource) {
    this.#folder = folder;
    this.#ring = source.ring;
    this.#history = openHistory(folder);
    this.#history.follow(source);
  }

  /** Seals, where a segment is full. */
  work(): void {
    if (this.#ring.committed - this.#sealed < SEGMENT_ROWS) return;
    const began = performance.now();
    while (this.#history.work());
    this.times.push(performance.now() - began);
    this.#sealed += SEGMENT_ROWS;
  }

  /** Seals the rest. */
  close(): void {
    this.#history.close();
  }

  /** flow-agent's own engine, over what was sealed: without `dedup`, which learns from memory. */
  engine(): DiskEngine {
    const engine = new QueryEngine();
    const archive = new HistoryArchive(this.#folder);
    const [{ fromMs, toMs }] = archive.rings(0);
    const window = { fromMs, toMs: toMs + 1, untilNow: false };
    const names = { namedPorts: new Uint8Array(65_536), serviceName: () => null };
    const ask = async (question: DiskQuestion) => {
      const { group_by, ...rest } = QUERIES[question];
      const query = flowQuery({
        window,
        limit: 10,
        metrics: ["bytes"],
        dedup: "off",
        group_by: [...group_by],
        ...rest,
      });
      const { rows } = await engine.run([], query, { names, archive });
      const sums = rows.map((row) => row.at(-1) as number);
      return sums.sort((a, b) => b - a).slice(0, 10);
    };
    return {
      name: "flow-agent",
      version: VERSION,
      octets: folderOctets(this.#folder),
      ask: {
        sources: () => ask("sources"),
        tuples: () => ask("tuples"),
        service: () => ask("service"),
        services: () => ask("services"),
        series: () => ask("series"),
      },
      close: () => archive.close(),
    };
  }
}
