import type { DatabaseSync } from "node:sqlite";
import assert from "node:assert/strict";
import { History } from "../../core/history/history.ts";
import { HistoryArchive } from "../../core/history/history_archive.ts";
import { openHistory } from "../../core/history/history_database.ts";
import { flowQuery } from "../../core/query/engine/flow_query.ts";
import type { QueryAnswer } from "../../core/query/engine/query_answer.ts";
import { QueryEngine } from "../../core/query/engine/run_query.ts";
import type { FlowSource } from "../../core/query/flow_source.ts";
import { FakeClock } from "./fake_clock.ts";
import { FlowFixture } from "./flow_fixture.ts";
import { numberedRows } from "./history_rows.ts";
import { reckonOn } from "./reckon_on.ts";
import { temporaryFolder } from "./temporary_folder.ts";

export const NAMES = { namedPorts: new Uint8Array(65_536), serviceName: () => null };
/** When the first process starts. */
export const START = Date.UTC(2024, 0, 1);
/** Who writes; all have one process id, as where each is in a container of its own. */
const WRITER = "here";

/** Processes one after another that keep history in one folder, as tests turn the clock. */
export class Processes {
  readonly clock = new FakeClock(START);
  readonly #temporary = temporaryFolder();
  readonly archive = new HistoryArchive(this.#temporary.path, { writer: WRITER });
  /** What was said of the file, and of the clock. */
  readonly notices: string[] = [];
  #history: History | null = null;
  #database: DatabaseSync | null = null;
  #fixture: FlowFixture | null = null;
  #beats = 0;

  get sources(): FlowSource[] {
    return this.#fixture === null ? [] : [this.#fixture.source];
  }

  /** Starts one, with a collector. */
  start(
    { keepMs = 1e12, keepSumsMs = 1e12 }: { keepMs?: number; keepSumsMs?: number } = {},
  ): void {
    this.#history = new History({
      folder: this.#temporary.path,
      keepMs,
      keepMinutesMs: keepSumsMs,
      keepHoursMs: keepSumsMs,
      maxOctets: 2 ** 30,
      namedPorts: new Uint8Array(65_536),
      clock: this.clock,
      seed: 1,
      writer: WRITER,
      open: () => this.#database = openHistory(this.#temporary.path),
      onPause: (reason) => assert.equal(reason, null),
      onNotice: (message) => this.notices.push(message),
    });
    this.#fixture = new FlowFixture({ epoch: this.clock.now() });
    this.#history.follow({ ...this.#fixture.source, heartbeat: () => this.#beats });
    this.#history.work();
  }

  /** One flow a second, of 0, 1, … octets. */
  run(seconds: number, { quiet = false }: { quiet?: boolean } = {}): void {
    for (let second = 0; second < seconds; second++) {
      if (!quiet) this.#fixture!.add(...numberedRows(1, { first: 1, fromMs: this.clock.now() }));
      this.clock.advance(1000);
      this.#beats++;
      for (let turn = 0; turn < 50 && this.#history!.work(); turn++);
    }
  }

  stop(): void {
    this.#history!.close();
    this.#fixture = null;
  }

  /** No process runs for a while; time is reckoned on, so that ages count at once. */
  off(seconds: number): void {
    this.clock.advance(seconds * 1000);
    reckonOn(this.#temporary.path, seconds * 1000);
  }

  /** What another process reads. */
  elsewhere(): HistoryArchive {
    return new HistoryArchive(this.#temporary.path, { clock: this.clock, writer: "another" });
  }

  /** The process goes on, and its collector does not. */
  rest(seconds: number): void {
    for (let second = 0; second < seconds; second++) {
      this.clock.advance(1000);
      this.#history!.work();
    }
  }

  /** Ends as by kill -9: what was not written yet is lost. */
  kill(): void {
    this.#database!.close();
    this.#history = this.#fixture = null;
  }

  /**
   * Asks this process, or another that has no collectors, or those that are given.
   */
  async ask(
    from: number,
    to: number,
    bucket: number | null = null,
    { anew = false, archive = anew ? this.#reader() : this.archive, sources = this.sources }: {
      /** Whether the file is opened now, since it may be another. */
      anew?: boolean;
      archive?: HistoryArchive;
      sources?: FlowSource[];
    } = {},
  ): Promise<QueryAnswer> {
    using _ = anew ? archive : null;
    return await new QueryEngine().run(
      sources,
      flowQuery({
        window: { fromMs: START + from * 1000, toMs: START + to * 1000, untilNow: false },
        time: "arrival",
        metrics: ["flows", "bps"],
        bucket_seconds: bucket,
        collection: {
          collecting_since: sources[0]?.epoch ?? null,
          collecting_until: null,
        },
      }),
      { names: NAMES, archive },
    );
  }

  /** Somebody removes history.db, and leaves its log. */
  removeFile(): void {
    Deno.removeSync(`${this.#temporary.path}/history.db`);
  }

  /** Copies history.db as it is between two processes. */
  copyFile(): { putBack(): void } & Disposable {
    const folder = temporaryFolder();
    const [path, copy] = [this.#temporary.path, folder.path].map((at) => `${at}/history.db`);
    Deno.copyFileSync(path, copy);
    return {
      putBack: () => {
        Deno.copyFileSync(copy, `${path}.new`);
        Deno.renameSync(`${path}.new`, path);
      },
      [Symbol.dispose]: () => folder[Symbol.dispose](),
    };
  }

  #reader(): HistoryArchive {
    return new HistoryArchive(this.#temporary.path, { writer: WRITER });
  }

  [Symbol.dispose](): void {
    this.archive.close();
    this.#temporary[Symbol.dispose]();
  }
}
