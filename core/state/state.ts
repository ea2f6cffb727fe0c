import type { DatabaseSync } from "node:sqlite";
import type { LearntChanges, LearntEntry } from "../wire/learnt.ts";
import { type LearntPlace, LearntStore } from "./learnt_store.ts";
import { openDatabase } from "./open_database.ts";
import { IN_MEMORY } from "../storage/open_database.ts";

/** What state needs of the outside. */
export interface StateOptions {
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Hears why state is no longer kept, once, with the remedy. */
  readonly onLoss: (reason: string) => void;
}

/**
 * What outlives the threads of the process, and in a folder the process too. Only the main thread
 * has it. A disk that fails costs what is kept, never the program: it goes on in memory.
 */
export class State {
  readonly #options: StateOptions;
  #database: DatabaseSync;
  #learnt: LearntStore;

  /**
   * @param database as `openDatabase` gives it
   * @param options clock, and who hears of a loss
   */
  constructor(database: DatabaseSync, options: StateOptions) {
    this.#options = options;
    this.#database = database;
    this.#learnt = new LearntStore(database);
    this.#keep(() => this.#learnt.expire(options.now()));
  }

  /** What a collector learnt before, the longest unused first. */
  load(place: LearntPlace): LearntEntry[] {
    return this.#keep(() => this.#learnt.load(place, this.#options.now()));
  }

  /** Keeps what a collector learnt. */
  save(place: LearntPlace, changes: LearntChanges): void {
    this.#keep(() => this.#learnt.save(place, changes, this.#options.now()));
  }

  /** Lets go of the folder. */
  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  /** Does something with the database; where that fails, goes on in memory and does it there. */
  #keep<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#goOnInMemory(error as Error);
      return work();
    }
  }

  #goOnInMemory({ message }: Error): void {
    const failed = this.#database;
    this.#database = openDatabase(IN_MEMORY);
    this.#learnt = new LearntStore(this.#database);
    try {
      this.#learnt.copyFrom(failed);
    } catch {
      // It cannot even be read: what exporters send from now on is learnt anew.
    }
    if (failed.isOpen) failed.close();
    this.#options.onLoss(
      `state cannot be written any more (${message}) and is kept in memory from now on; mend the ` +
        `disk, then restart flow-agent`,
    );
  }
}
