import type { Prepare } from "../storage/prepared_once.ts";
import { type Leap, reckonedFrom, type Reckoning } from "./reckoned_time.ts";

/** What is noted in `history.db` of the process that writes it. */
export class WriterNote {
  readonly #prepare: Prepare;

  /** @param prepare statements of a database as `openHistory` gives it */
  constructor(prepare: Prepare) {
    this.#prepare = prepare;
  }

  /**
   * Notes who writes.
   *
   * @param name of the process, by chance; null when it ends
   * @param options `aliveMs`, Unix milliseconds, and how far it has reckoned time
   */
  write(
    name: string | null,
    { aliveMs, reckonedMs, aheadMs, behindMs, leaps }: Reckoning & { readonly aliveMs: number },
  ): void {
    this.#prepare("INSERT OR REPLACE INTO writer VALUES (1, ?, ?, ?, ?, ?, ?)")
      .run(name, aliveMs, reckonedMs, aheadMs, behindMs, JSON.stringify(leaps));
  }

  /**
   * How far time was reckoned; where nobody said, up to the newest that is there.
   *
   * @returns null where nothing is
   */
  reckoning(): Reckoning | null {
    const noted = this.#prepare("SELECT * FROM writer").get();
    if (noted !== undefined) {
      return {
        reckonedMs: noted.reckoned_ms as number,
        aheadMs: noted.ahead_ms as number,
        behindMs: noted.behind_ms as number,
        leaps: JSON.parse(noted.leaps as string) as Leap[],
      };
    }
    const { last } = this.#prepare(
      "SELECT max(at) AS last FROM (SELECT max(to_ms) AS at FROM segment UNION ALL " +
        "SELECT max(to_ms) FROM life)",
    ).get()!;
    return last === null ? null : reckonedFrom(last as number);
  }
}
