/** What SQLite keeps beside a database in its write-ahead mode, by the end of the name. */
const BESIDE = ["-wal", "-shm"] as const;

/**
 * Tells whether a database that is open was moved away or removed: who writes it on then writes what
 * nobody finds any more. SQLite finds its log beside a database by name alone, so the log of one that
 * was moved must not stay there for the next: that would lose rows of both.
 */
export class DatabaseWatch {
  readonly #path: string;
  readonly #file: string | null;
  readonly #beside: readonly (string | null)[];

  /** @param path of a database that has just been opened */
  constructor(path: string) {
    this.#path = path;
    this.#file = fileAt(path);
    this.#beside = BESIDE.map((end) => fileAt(path + end));
  }

  /** Whether there is another file in its place by now, or none; not where that cannot be told. */
  get moved(): boolean {
    const file = fileAt(this.#path);
    return this.#file !== null && file !== null && file !== this.#file;
  }

  /** Whether its log still lies where it was: nobody may open what is there until it was cleared. */
  get leftLog(): boolean {
    return BESIDE.some((end, i) => this.#isLeft(this.#path + end, i));
  }

  /** Takes away the log that a database which was moved left behind; what others put there stays. */
  clear(): void {
    for (const [i, end] of BESIDE.entries()) {
      if (this.#isLeft(this.#path + end, i)) Deno.removeSync(this.#path + end);
    }
  }

  #isLeft(path: string, i: number): boolean {
    const was = this.#beside[i];
    return was !== null && was !== NOWHERE && fileAt(path) === was;
  }
}

/** Of no file. */
const NOWHERE = "";

/** Device and number of the file at a path; null where that cannot be told, as on Windows. */
function fileAt(path: string): string | null {
  try {
    const { dev, ino } = Deno.statSync(path);
    return ino === null ? null : `${dev}/${ino}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return NOWHERE;
    return null;
  }
}
