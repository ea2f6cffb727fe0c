import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../flow/clock.ts";
import { FLOW_TABLE, type FlowRow } from "../flow/schema.ts";
import { RowCopy } from "../flow/segment/row_copy.ts";
import { SEGMENT_ROWS } from "../flow/segment/segment_directory.ts";
import { SegmentEncoder } from "../flow/segment/segment_encoder.ts";
import { DatabaseWatch } from "../storage/database_watch.ts";
import { explainFailure, IN_MEMORY } from "../storage/open_database.ts";
import { StorageError } from "../storage/storage_error.ts";
import { HISTORY_FILE, HISTORY_FORM, historyLog, openHistory } from "./history_database.ts";
import type { HistoryPolicy } from "./history_policy.ts";
import { isTime } from "./is_time.ts";
import { type HistoryStatus, NO_HISTORY } from "./history_status.ts";
import { type HistorySize, HistoryStore } from "./history_store.ts";
import { HOUR_SECONDS, MINUTE_SECONDS } from "./rollup_store.ts";
import { Rollups } from "./rollups.ts";
import { LeftFile } from "./left_file.ts";
import { leftFileNotice, strayLogNotice } from "./file_notices.ts";
import { reckonedFrom, ReckonedTime } from "./reckoned_time.ts";
import { type Due, type HistorySource, RingFollower } from "./ring_follower.ts";

/** While history is paused, it tries this often whether it can go on. */
export const RETRY_MS = 30_000;
/** What is too old is looked for this often. */
const TRIM_MS = 10_000;
/** Whether history.db was moved away is looked for this often. */
export const FILE_MS = 10_000;
/** For how long rings took flows in is noted this often: a kill forgets no more. */
const LIVES_MS = 2000;
/** A ring that is this part ahead presses. */
const PRESSED_PART = 1 / 4;
/** Part of the octets that sums may take: ninety days of minutes at sites of some thousand hosts. */
const ROLLUP_PART = 1 / 2;
/** Space that stays free in the file, at most: the next segments take it. */
const SPARE_OCTETS = 64 * 1024 * 1024;

/** What history stands on. */
export interface HistoryOptions extends HistoryPolicy {
  readonly clock: Pick<Clock, "now" | "elapsed">;
  /** A number by chance, for hashing. */
  readonly seed: number;
  /** Opens the database (default: history.db in the folder). */
  readonly open?: () => DatabaseSync;
  /** Hears when writing pauses, with why and the remedy, and with null when it goes on. */
  readonly onPause: (reason: string | null) => void;
  /** Hears what became of history.db, and why flows stay or go, where that is not as ever. */
  readonly onNotice?: (message: string) => void;
}

/**
 * Keeps the flows of rings as segments, and deletes what is too old or too much. Whatever is wrong
 * with the disk, it goes on: what cannot be written is left out whole and counted, and the database
 * is tried again.
 */
export class History {
  readonly #options: HistoryOptions;
  readonly #followers: RingFollower[] = [];
  readonly #copy = new RowCopy<FlowRow>(FLOW_TABLE, SEGMENT_ROWS);
  readonly #encoder: SegmentEncoder<FlowRow>;
  readonly #rollups: Rollups;
  #store: HistoryStore | null = null;
  #paused: string | null = null;
  #retryAtMs = -Infinity;
  #trimAtMs = -Infinity;
  #livesAtMs = -Infinity;
  #fileAtMs = -Infinity;
  /** Of the file that was opened last; null before the first. */
  #watch: DatabaseWatch | null = null;
  /** The file that was moved away, until it is left; null where there is none. */
  #left: LeftFile | null = null;
  /** Whether the file to be opened is not the one that was opened before. */
  #another = false;
  /** By which ages are counted; null before the first file was opened. */
  #time: ReckonedTime | null = null;
  /** Null when it has changed since it was asked for. */
  #size: (HistorySize & Pick<HistoryStatus, "oldestMinuteMs" | "oldestHourMs">) | null = null;
  #sealedRows = 0;
  #skippedRows = 0;
  #skippedBlocks = 0;
  #unsummedRows = 0;
  #lastError: string | null = null;

  /** @param options where, how much, and who hears of it; nothing is opened before the first work */
  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#encoder = new SegmentEncoder(FLOW_TABLE, options);
    this.#rollups = new Rollups(options);
  }

  /**
   * Keeps the flows of one more ring, from those that no segment holds yet.
   *
   * @param source the ring
   */
  follow(source: HistorySource): void {
    const follower = new RingFollower(source);
    this.#followers.push(follower);
    this.#attempt((store) => follower.resume(store.sealedUpTo(source)));
    this.#livesAtMs = -Infinity;
  }

  /**
   * Does what is due: at most one segment a ring, and some tidying.
   *
   * @param all whether rows that could wait for more are due too
   * @returns whether more is due at once
   */
  work({ all = false }: { all?: boolean } = {}): boolean {
    const now = this.#options.clock.now();
    if (isTime(now, this.#fileAtMs, FILE_MS)) this.#lookForFile(now);
    this.#leave();
    const closed = this.#store === null && this.#left === null;
    if (closed && isTime(now, this.#retryAtMs, RETRY_MS)) this.#open();
    for (const follower of this.#followers) {
      follower.life.look(now);
      this.#leaveOut(follower.leaveOut(), follower);
      this.#sealNext(follower, { now, all });
    }
    this.#rollups.close(now);
    if (isTime(now, this.#livesAtMs, LIVES_MS)) this.#noteLives(now);
    const tidying = this.#tidy(now);
    // While nothing can be written rows wait in their ring, as long as there is room.
    return this.#store !== null &&
      (tidying || this.#followers.some((follower) => follower.due(now, all) !== null));
  }

  /** Whether a ring is far ahead: then there is no time to rest. */
  get pressed(): boolean {
    return this.#followers.some(({ behind }) => behind > PRESSED_PART);
  }

  /**
   * Seals everything that is there, and closes the database. Where writing was paused it is tried
   * once more.
   *
   * @returns what there is then; what waits is lost
   */
  close(): HistoryStatus {
    const now = this.#options.clock.now();
    this.#lookForFile(now);
    this.#leave({ now: true });
    if (this.#store === null) this.#open();
    // Collectors have stopped: what is there is bounded by their rings.
    for (const follower of this.#followers) {
      const { ring } = follower.source;
      for (let turn = 0; turn <= ring.capacity / follower.blockRows; turn++) {
        this.#sealNext(follower, { now, all: true });
      }
    }
    this.#finish(now);
    const status = this.status();
    this.#close();
    return { ...status, open: false };
  }

  /** What there is, and what went wrong. */
  status(): HistoryStatus {
    this.#size ??= this.#attempt((store) => ({
      ...store.size(),
      oldestMinuteMs: store.rollups.oldestMs(MINUTE_SECONDS),
      oldestHourMs: store.rollups.oldestMs(HOUR_SECONDS),
    })) ?? null;
    return {
      ...NO_HISTORY,
      ...this.#size,
      folder: this.#options.folder,
      open: this.#store !== null,
      paused: this.#paused,
      sealedRows: this.#sealedRows,
      skippedRows: this.#skippedRows,
      skippedBlocks: this.#skippedBlocks,
      waitingRows: this.#followers.reduce((rows, follower) => rows + follower.waiting, 0),
      unsummedRows: this.#unsummedRows,
      leapMs: Math.max(0, this.#time?.reckoning.aheadMs ?? 0),
      lastError: this.#lastError,
    };
  }

  #open(): void {
    const { folder, clock, open = () => openHistory(folder) } = this.#options;
    this.#another ||= this.#watch?.moved ?? false;
    const another = this.#another;
    try {
      const log = another || folder === IN_MEMORY ? null : historyLog(folder);
      const stray = log?.isStray ? strayLogNotice(folder, log.aside) : null;
      const store = new HistoryStore(open());
      this.#store = store;
      if (folder !== IN_MEMORY) this.#watch = new DatabaseWatch(`${folder}/${HISTORY_FILE}`);
      this.#time ??= this.#timeSince(store);
      this.#rollups.open(store, { another });
      for (const follower of this.#followers) {
        if (another) follower.leave(clock.now());
        follower.resume(store.sealedUpTo(follower.source));
      }
      if (another) this.#beginAnew(store);
      // Who was killed with the file open says that he writes it, and nobody else does meanwhile.
      if (this.#followers.length === 0) this.#noteWriter(store, null);
      this.#another = false;
      if (stray !== null) this.#tell(stray);
    } catch (error) {
      return this.#pause(error as Error);
    }
    if (this.#paused !== null) this.#options.onPause(null);
    this.#paused = null;
  }

  /**
   * Goes over to the file that lies where history.db was opened, should that be another by now, or
   * none. What was written stays whole in the one that was moved, and is not written again: whoever
   * moved it wants it there, whoever removed it does not want it.
   */
  #lookForFile(now: number): void {
    this.#fileAtMs = now + FILE_MS;
    if (this.#store === null || !this.#watch?.moved) return;
    this.#finish(now);
    // It may have become impossible meanwhile.
    if (this.#store === null) return;
    this.#left = new LeftFile(this.#store, this.#options.clock);
    this.#store = null;
    this.#another = true;
  }

  #leave({ now = false } = {}): void {
    const whole = this.#left?.leave({ now }) ?? null;
    if (whole === null) return;
    this.#left = null;
    const { folder } = this.#options;
    this.#tell(leftFileNotice(folder, { whole, log: whole ? null : historyLog(folder).aside }));
    this.#open();
  }

  #tell(notice: string): void {
    this.#lastError = notice;
    this.#options.onNotice?.(notice);
  }

  #timeSince(store: HistoryStore): ReckonedTime {
    const { clock, keepMs, onNotice } = this.#options;
    const none = reckonedFrom(clock.now());
    return new ReckonedTime(store.writer.reckoning() ?? none, { clock, keepMs, onLeap: onNotice });
  }

  /** Tells that what rings took in before is not all in a file that was begun, or put there, now. */
  #beginAnew(store: HistoryStore): void {
    const now = this.#options.clock.now();
    this.#noteLives(now);
    store.cutLives(now);
    this.#size = null;
  }

  /** Writes sums and lives up to what was sealed. */
  #finish(now: number): void {
    this.#rollups.close(Infinity);
    this.#attempt((store) => this.#rollups.write(store));
    this.#noteLives(now);
    this.#attempt((store) => this.#noteWriter(store, null));
  }

  #close(): void {
    this.#attempt((store) => store.close());
    this.#store = null;
  }

  /** Notes that rings take flows in, and until when all of them are on disk. */
  #noteLives(now: number): void {
    this.#livesAtMs = now + LIVES_MS;
    if (this.#followers.length === 0) return;
    this.#attempt((store) =>
      store.transaction(() => {
        store.noteLives(
          this.#followers.flatMap((follower) =>
            follower.life.take(follower.sealedUntil(now))
              .map((time) => ({ ...follower.source, ...time }))
          ),
        );
        this.#noteWriter(store, this.#options.writer ?? null);
      })
    );
  }

  #noteWriter(store: HistoryStore, name: string | null): void {
    this.#time!.look();
    store.writer.write(name, { aliveMs: this.#options.clock.now(), ...this.#time!.reckoning });
  }

  #sealNext(follower: RingFollower, { now, all }: { now: number; all: boolean }): void {
    const due = follower.due(now, all);
    if (due === null) return;
    this.#attempt((store) => {
      const taken = this.#take(follower, due);
      if (taken !== null) return this.#seal(store, follower, taken);
      follower.skip(due);
      this.#leaveOut(due, follower);
    });
  }

  /** Copies what is due; null when the writer came by even where nothing was to grow. */
  #take({ source: { ring } }: RingFollower, due: Due): Due | null {
    if (this.#copy.take(ring, due.from, due.end)) return due;
    const alone = { ...due, from: due.first, replaces: [] };
    return this.#copy.take(ring, alone.from, alone.end) ? alone : null;
  }

  #seal(store: HistoryStore, follower: RingFollower, due: Due): void {
    const { first, from, end, replaces } = due;
    const { capability, port, epoch, dictionary } = follower.source;
    const times = this.#copy.columns.received_at;
    const arrivals = { fromMs: times[0], toMs: times[end - from - 1] };
    const encoded = this.#encoder.encode(this.#copy, end - from, dictionary);
    const rows = { capability, port, epoch, firstRow: from, endRow: end };
    follower.sealed(due, store.append({ ...rows, ...arrivals, encoded }, { replaces }));
    const start = first - from;
    const numbers = {
      exporter: this.#encoder.addressNumbers("exporter", start),
      src_addr: this.#encoder.addressNumbers("src_addr", start),
      dst_addr: this.#encoder.addressNumbers("dst_addr", start),
    };
    this.#rollups.add({ ...rows, firstRow: first }, this.#copy.columns, { start, numbers });
    follower.arrivedMs = arrivals.toMs;
    this.#sealedRows += end - first;
    this.#size = null;
  }

  /** Counts rows that become no segment, and sums those that are still there. */
  #leaveOut({ first, end }: { first: number; end: number }, follower: RingFollower): void {
    const { source: { capability, port, epoch, ring }, blockRows } = follower;
    for (let from = first; from < end; from += blockRows) {
      const rows = Math.min(blockRows, end - from);
      this.#skippedRows += rows;
      this.#skippedBlocks++;
      if (this.#copy.take(ring, from, from + rows)) {
        const span = { capability, port, epoch, firstRow: from, endRow: from + rows };
        this.#rollups.add(span, this.#copy.columns);
        follower.arrivedMs = this.#copy.columns.received_at[rows - 1];
      } else {
        this.#unsummedRows += rows;
        // They arrived behind what was summed last, and not behind the oldest that is still there.
        const toMs = Math.max(follower.arrivedMs, ring.times[ring.oldest & ring.mask]);
        this.#rollups.leaveOut({ fromMs: follower.arrivedMs, toMs, rows });
      }
    }
  }

  /** Deletes what is too much and gives space back, a little at a time; whether there is more. */
  #tidy(now: number): boolean {
    const { keepMs, keepMinutesMs, keepHoursMs, maxOctets } = this.#options;
    // Beside what is in use the file holds what is free; both together keep to the bound.
    const spare = Math.min(SPARE_OCTETS, maxOctets / 16);
    return this.#attempt((store) => {
      const octets = maxOctets - spare;
      this.#rollups.write(store);
      // Flows do not go before they are summed, unless there is no room at all.
      if (store.usedOctets() <= maxOctets && this.#rollups.catchUp(store)) return true;
      if (isTime(now, this.#trimAtMs, TRIM_MS) || store.usedOctets() > octets) {
        const reckoned = this.#time!.look();
        const gone = store.trim({ sinceMs: reckoned - keepMs, octets });
        const trimmed = this.#rollups.trim(store, {
          minutesSinceMs: reckoned - keepMinutesMs,
          hoursSinceMs: reckoned - keepHoursMs,
          octets: maxOctets * ROLLUP_PART,
        });
        if (gone > 0 || trimmed) {
          this.#size = null;
          return true;
        }
        store.forgetLives(reckoned - Math.max(keepMs, keepMinutesMs, keepHoursMs));
        this.#trimAtMs = now + TRIM_MS;
      }
      return this.#rollups.sumHour(store, now) || store.giveBack(spare);
    }) ?? false;
  }

  /** Does something with the database while it can be used; undefined where it cannot. */
  #attempt<T>(work: (store: HistoryStore) => T): T | undefined {
    if (this.#store === null) return undefined;
    try {
      return work(this.#store);
    } catch (error) {
      this.#pause(error as Error);
      return undefined;
    }
  }

  #pause(error: Error): void {
    const { clock, folder, onPause } = this.#options;
    const { message } = error instanceof StorageError
      ? error
      : explainFailure(error, folder, HISTORY_FORM);
    try {
      this.#store?.close();
    } catch {
      // It is given up already.
    }
    this.#store = null;
    this.#retryAtMs = clock.now() + RETRY_MS;
    this.#lastError = message;
    if (message !== this.#paused) onPause(message);
    this.#paused = message;
  }
}
