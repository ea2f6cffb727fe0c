import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import { checkLearnt, type LearntChanges, type LearntEntry } from "../wire/learnt.ts";
import { LIMITS } from "../wire/limits.ts";

/** The collector that learnt something. */
export interface LearntPlace {
  readonly capability: string;
  /** UDP port that it listens on. */
  readonly port: number;
}

/** Entries unused for this long are dropped. */
export const LEARNT_EXPIRES_DAYS = 30;
const DAY_MS = 86_400_000;
/** Where there is no room, only what has been unused for this long makes room. */
const YIELDS_AFTER_MS = DAY_MS;
/** Entries of all collectors together, those of ports that nobody listens on any more included. */
const MAX_ENTRIES = 4 * LIMITS.storedEntries;

/** Characters of a value: more than a template of as many fields as there may be takes. */
const MAX_VALUE = 32 * LIMITS.templateFields;

type Row = Record<string, SQLOutputValue>;

/**
 * The table of what collectors learnt. Bounded for each collector and as a whole: where it is full
 * of what is in use, new entries are left out, so that forged exporters cannot push out real ones.
 */
export class LearntStore {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #remove: StatementSync;
  readonly #touch: StatementSync;
  #leftOut = 0;

  /** @param database of the newest version */
  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#insert = database.prepare("INSERT INTO learnt VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    const key = "capability = ? AND port = ? AND format = ? AND address = ? AND domain = ?";
    this.#remove = database.prepare(
      `DELETE FROM learnt WHERE ${key} AND source_port = ? AND kind = ? AND id = ?`,
    );
    this.#touch = database.prepare(
      `UPDATE learnt SET used_at = max(used_at, ?) WHERE ${key} AND source_port IN (?, -1)`,
    );
  }

  /** Entries that found no room, so far. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /**
   * What a collector learnt, the longest unused first. Rows that cannot be are passed over: they
   * expire.
   *
   * @param place whose
   * @param nowMs Unix milliseconds
   * @throws {Error} of SQLite
   */
  load({ capability, port }: LearntPlace, nowMs: number): LearntEntry[] {
    const rows = this.#database.prepare(
      `SELECT format, address, domain, source_port, kind, id, value FROM learnt
       WHERE capability = ? AND port = ? AND used_at >= ?
       AND id BETWEEN -1 AND ${Number.MAX_SAFE_INTEGER} AND domain BETWEEN 0 AND 4294967295
       AND source_port BETWEEN -1 AND 65535 AND length(value) <= ${MAX_VALUE}
       ORDER BY used_at DESC LIMIT ?`,
    ).all(capability, port, nowMs - LEARNT_EXPIRES_DAYS * DAY_MS, LIMITS.storedEntries);
    const entries: LearntEntry[] = [];
    for (const row of rows) {
      const entry = checkLearnt(fromRow(row));
      if (entry !== null) entries.push(entry);
    }
    return entries.reverse();
  }

  /**
   * Keeps what a collector learnt, all of it or nothing.
   *
   * @param place whose
   * @param changes what is new, wrong, or in use still
   * @param nowMs Unix milliseconds
   * @throws {Error} of SQLite, with nothing changed
   */
  save(place: LearntPlace, { learnt, forgotten, used }: LearntChanges, nowMs: number): void {
    const { capability, port } = place;
    this.#transaction(() => {
      for (const entry of forgotten) this.#remove.run(capability, port, ...keyOf(entry));
      for (const { format, address, domain, port: sourcePort } of used) {
        this.#touch.run(nowMs, capability, port, format, address, domain, sourcePort);
      }
      if (learnt.length === 0) return;
      for (const entry of learnt) this.#remove.run(capability, port, ...keyOf(entry));
      const room = this.#makeRoom(place, { entries: learnt.length, nowMs });
      for (const entry of learnt) {
        const value = valueOf(entry);
        if (room.entries < 1 || room.octets < value.length) {
          this.#leftOut++;
          continue;
        }
        room.entries--;
        room.octets -= value.length;
        this.#insert.run(capability, port, ...keyOf(entry), value, nowMs);
      }
    });
  }

  /**
   * Drops what has expired.
   *
   * @param nowMs Unix milliseconds
   * @throws {Error} of SQLite
   */
  expire(nowMs: number): void {
    this.#database.prepare("DELETE FROM learnt WHERE used_at < ?")
      .run(nowMs - LEARNT_EXPIRES_DAYS * DAY_MS);
  }

  /** Takes over all rows of another table; those that cannot be read are left behind. */
  copyFrom(database: DatabaseSync): void {
    const columns =
      "capability, port, format, address, domain, source_port, kind, id, value, used_at";
    // Not in one transaction: a disk that fails half way costs the other half alone.
    for (const row of database.prepare(`SELECT ${columns} FROM learnt`).iterate()) {
      this.#insert.run(...Object.values(row));
    }
  }

  /** The room there is, after what has been unused for long has gone where it was in the way. */
  #makeRoom(
    { capability, port }: LearntPlace,
    { entries, nowMs }: { entries: number; nowMs: number },
  ): { entries: number; octets: number } {
    let room = this.#room({ capability, port });
    if (room.entries < entries || room.octets < LIMITS.storedOctets / 8) {
      this.#database.prepare(
        "DELETE FROM learnt WHERE capability = ? AND port = ? AND used_at < ?",
      ).run(capability, port, nowMs - YIELDS_AFTER_MS);
      room = this.#room({ capability, port });
    }
    if (room.all < entries) {
      this.#database.prepare("DELETE FROM learnt WHERE used_at < ?").run(nowMs - YIELDS_AFTER_MS);
      room = this.#room({ capability, port });
    }
    return { entries: Math.min(room.entries, room.all), octets: room.octets };
  }

  #room({ capability, port }: LearntPlace): { entries: number; octets: number; all: number } {
    const own = this.#database.prepare(
      `SELECT count(*) AS entries, coalesce(sum(length(value)), 0) AS octets FROM learnt
       WHERE capability = ? AND port = ?`,
    ).get(capability, port)!;
    const all = this.#database.prepare("SELECT count(*) AS entries FROM learnt").get()!;
    return {
      entries: LIMITS.storedEntries - (own.entries as number),
      octets: LIMITS.storedOctets - (own.octets as number),
      all: MAX_ENTRIES - (all.entries as number),
    };
  }

  #transaction(work: () => void): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.#database.exec("COMMIT");
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }
}

type Key = [string, string, number, number, string, number];

function keyOf({ format, address, domain, port, kind, id }: LearntEntry): Key {
  return [format, address, domain, port, kind, id];
}

function valueOf(entry: LearntEntry): string {
  return entry.kind === "template"
    ? JSON.stringify([entry.scopeFields, ...entry.fields])
    : JSON.stringify(entry.value);
}

/** What a row claims to be. */
function fromRow({ source_port: port, value, ...key }: Row): unknown {
  const found = parse(String(value));
  if (key.kind !== "template") return { ...key, port, value: found };
  if (!Array.isArray(found)) return null;
  const [scopeFields, ...fields] = found;
  return { ...key, port, scopeFields, fields };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
