import assert from "node:assert/strict";
import type { Alert } from "./alert.ts";
import { AlertBook } from "./alert_book.ts";

const COOLDOWN_MS = 300_000;
const NOW = Date.UTC(2024, 0, 1);

function alert(key: string): Alert {
  const at = new Date(NOW).toISOString();
  return { id: crypto.randomUUID(), key, first_seen: at, last_seen: at } as Alert;
}

/** Notes a finding; whether it raised an alert. */
function note(book: AlertBook, key: string, nowMs = NOW, cooldownMs = COOLDOWN_MS): boolean {
  return book.note(key, { nowMs, cooldownMs }, () => alert(key)) !== null;
}

/** All alerts that changed after a cursor. */
function since(book: AlertBook, cursor: number): Alert[] {
  return book.since(cursor, Infinity).alerts;
}

function keys(alerts: readonly Alert[]): string[] {
  return alerts.map(({ key }) => key);
}

Deno.test("a key raises one alert a cooldown, and another after it", () => {
  const book = new AlertBook();
  assert.equal(note(book, "a"), true);
  const [first] = since(book, 0);
  assert.equal(note(book, "a", NOW + 1000), false);
  assert.equal(note(book, "a", NOW + COOLDOWN_MS - 1), false);
  assert.equal(first.last_seen, "2024-01-01T00:04:59.999Z");
  assert.equal(first.first_seen, "2024-01-01T00:00:00.000Z");
  assert.equal(note(book, "a", NOW + COOLDOWN_MS), true);
  assert.notEqual(since(book, 0)[0].id, first.id);
});

Deno.test("keys cool down apart; without a cooldown each finding raises", () => {
  const book = new AlertBook();
  note(book, "a");
  assert.equal(note(book, "b", NOW + 1), true);
  assert.equal(note(book, "c", NOW, 0), true);
  assert.equal(note(book, "c", NOW, 0), true);
});

Deno.test("an alert is built only when one is due", () => {
  const book = new AlertBook();
  let built = 0;
  const make = () => {
    built++;
    return alert("a");
  };
  for (let i = 0; i < 5; i++) book.note("a", { nowMs: NOW + i, cooldownMs: COOLDOWN_MS }, make);
  assert.equal(built, 1);
});

Deno.test("since() gives what changed after a cursor, oldest change first", () => {
  const book = new AlertBook();
  assert.equal(book.cursor, 0);
  note(book, "a");
  note(book, "b");
  const cursor = book.cursor;
  assert.deepEqual(keys(since(book, 0)), ["a", "b"]);
  assert.deepEqual(since(book, cursor), []);
  note(book, "c");
  note(book, "a", NOW + COOLDOWN_MS);
  assert.deepEqual(keys(since(book, cursor)), ["c", "a"]);
  assert.deepEqual(keys(since(book, 0)), ["b", "c", "a"]);
  note(book, "b", NOW + 1);
  assert.deepEqual(keys(since(book, cursor)), ["c", "a"], "a renewal is no change");
});

Deno.test("since() gives a page, where to go on, and how many there are still", () => {
  const book = new AlertBook();
  for (const key of ["a", "b", "c", "d", "e"]) note(book, key);
  const pages: [string[], number][] = [];
  let cursor = 0;
  for (let page = book.since(cursor, 2);; page = book.since(cursor, 2)) {
    pages.push([keys(page.alerts), page.omitted]);
    cursor = page.cursor;
    if (page.omitted === 0) break;
  }
  assert.deepEqual(pages, [[["a", "b"], 3], [["c", "d"], 1], [["e"], 0]]);
  assert.deepEqual(book.since(cursor, 2), { alerts: [], cursor: book.cursor, omitted: 0 });
});

Deno.test("the alerts that changed longest ago give way when there are too many", () => {
  const book = new AlertBook();
  for (let i = 0; i < 10_001; i++) note(book, `key ${i}`);
  const all = keys(since(book, 0));
  assert.equal(all.length, 10_000);
  assert.deepEqual([all[0], all[9999]], ["key 1", "key 10000"]);
});
