import { fileIdentity } from "./file_identity.ts";

/**
 * Tells whether a database that is open was moved away or removed: who writes it on then writes what
 * nobody finds any more.
 */
export class DatabaseWatch {
  readonly #path: string;
  readonly #file: string | null;

  /** @param path of a database that has just been opened */
  constructor(path: string) {
    this.#path = path;
    this.#file = fileIdentity(path);
  }

  /** Whether there is another file in its place by now, or none; not where that cannot be told. */
  get moved(): boolean {
    const file = fileIdentity(this.#path);
    return this.#file !== null && file !== null && file !== this.#file;
  }
}
