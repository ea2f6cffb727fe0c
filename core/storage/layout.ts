import { DatabaseSync } from "node:sqlite";
import { StorageError } from "./storage_error.ts";
import type { DatabaseForm } from "./database_form.ts";

/** Tables with their columns, and indexes. */
const NAMES =
  "SELECT type || ' ' || name AS name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' " +
  "UNION ALL SELECT 'column ' || entry.name || '.' || part.name FROM sqlite_schema AS entry, " +
  "pragma_table_info(entry.name) AS part WHERE entry.type = 'table'";

/** What a database has of its own; an underscore is any letter to LIKE. */
const OWN = "SELECT 1 FROM sqlite_schema WHERE name NOT GLOB 'sqlite_*' LIMIT 1";

/**
 * The version of a database's layout. Few programs set it: what has tables and no version is
 * another's, since ours come with theirs in one transaction.
 *
 * @param database that is open
 * @param path of it, for the message
 * @param form that it should have
 * @returns how many of the migrations it has had
 * @throws {StorageError} for one of a newer flow-agent or of another program, with the remedy
 */
export function layoutVersion(
  database: DatabaseSync,
  path: string,
  { migrations, remedies }: DatabaseForm,
): number {
  const version = database.prepare("PRAGMA user_version").get()!.user_version as number;
  if (version === 0 && database.prepare(OWN).get() !== undefined) {
    throw new StorageError(notOurs(path, "it has tables, and no version of ours", remedies));
  }
  if (version <= migrations.length) return version;
  throw new StorageError(
    `${path} was written by a newer flow-agent (version ${version} of its layout, this one ` +
      `knows ${migrations.length}); start that one, or ${remedies.folder}`,
  );
}

/**
 * Refuses a database whose version says that it is ours, and that is not: of another program, or of
 * a flow-agent that was never released.
 *
 * @param database that is open
 * @param path of it, for the message
 * @param form that it should have
 * @param version of its layout
 * @throws {StorageError} that names what it lacks first, and the remedy
 */
export function requireLayout(
  database: DatabaseSync,
  path: string,
  { migrations, remedies }: DatabaseForm,
  version = migrations.length,
): void {
  const model = new DatabaseSync(":memory:");
  try {
    for (const sql of migrations.slice(0, version)) model.exec(sql);
    const there = new Set(database.prepare(NAMES).all().map(({ name }) => name));
    const lacks = model.prepare(NAMES).all().find(({ name }) => !there.has(name));
    if (lacks === undefined) return;
    throw new StorageError(notOurs(path, `it lacks the ${lacks.name}`, remedies));
  } finally {
    model.close();
  }
}

/**
 * Says that a database is another's.
 *
 * @param path of it
 * @param why it cannot be ours
 * @param remedies of its form
 */
export function notOurs(path: string, why: string, { damage }: DatabaseForm["remedies"]): string {
  return `${path} is no file of flow-agent's (${why}); move it away: ${damage}`;
}
