import { fileIdentity, NOWHERE } from "./file_identity.ts";
import { sizeOf } from "./open_to_look.ts";
import { StorageError } from "./storage_error.ts";

/** The note is written over in its place, which needs no room on a full disk. */
const NOTE_OCTETS = 256;
/** Logs that were put aside and lie there still, at most: who never looks at them has no more. */
const MAX_LEFT = 1000;

/**
 * A note of which file a database was when it was opened, and which its write-ahead log. SQLite finds
 * the log beside a database by name alone: the log of one that was moved, removed or killed would be
 * written into whatever lies there next, and destroy it.
 *
 * Only where the log is the one that was noted, and the database is not, the log is stray: the log of
 * the same file is never touched, nor one that came with a database from elsewhere.
 */
export class LogNote {
  readonly #path: string;
  readonly #notePath: string;

  /**
   * @param path of the database
   * @param notePath of the note, which may be missing
   */
  constructor(path: string, notePath: string) {
    this.#path = path;
    this.#notePath = notePath;
  }

  /** Whether the log that lies beside is that of another database: nobody may open what is there. */
  get isStray(): boolean {
    const log = fileIdentity(this.#log);
    if (log === null || log === NOWHERE) return false;
    const noted = this.#read();
    if (noted === null || noted.log !== log) return false;
    const file = fileIdentity(this.#path);
    return file !== null && file !== noted.file;
  }

  /**
   * Where `setAside` puts a stray log: none that was put aside before is written over. Null where none
   * is stray, or nothing in it, or too many lie there.
   */
  get aside(): string | null {
    if (!this.isStray || !this.#holdsMore) return null;
    for (let number = 1; number <= MAX_LEFT; number++) {
      const name = `${this.#log}.left${number === 1 ? "" : number}`;
      if (fileIdentity(name) === NOWHERE) return name;
    }
    return null;
  }

  /**
   * Puts a stray log aside, as it may hold what is nowhere else; only for who has the lock.
   *
   * @returns where it is then; null where none was stray, or nothing in it
   * @throws {StorageError} where too many lie there; nothing is changed then
   */
  setAside(): string | null {
    if (!this.isStray) return null;
    const { aside } = this;
    if (aside !== null) Deno.renameSync(this.#log, aside);
    else if (!this.#holdsMore) Deno.removeSync(this.#log);
    else {
      throw new StorageError(
        `${this.#log} is of another file, and ${MAX_LEFT} such logs lie beside it: move those that ` +
          `are called ${this.#log}.left and so on away, or remove them`,
      );
    }
    try {
      Deno.removeSync(`${this.#path}-shm`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    return aside;
  }

  /**
   * Notes what lies there.
   *
   * @param note file of the note, open for writing
   */
  write(note: Deno.FsFile): void {
    const noted = { file: fileIdentity(this.#path), log: fileIdentity(this.#log) };
    note.seekSync(0, Deno.SeekMode.Start);
    note.writeSync(new TextEncoder().encode(JSON.stringify(noted).padEnd(NOTE_OCTETS)));
  }

  get #holdsMore(): boolean {
    return (sizeOf(this.#log) ?? 0) > 0;
  }

  get #log(): string {
    return `${this.#path}-wal`;
  }

  #read(): { file: unknown; log: unknown } | null {
    try {
      const noted = JSON.parse(Deno.readTextFileSync(this.#notePath));
      return typeof noted?.file === "string" ? noted : null;
    } catch {
      // Nobody has noted anything yet, or it cannot be read: then nothing is known.
      return null;
    }
  }
}
