import assert from "node:assert/strict";
import type { DatabaseSync } from "node:sqlite";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import type { LearntEntry } from "../wire/learnt.ts";
import { LIMITS } from "../wire/limits.ts";
import { LEARNT_EXPIRES_DAYS } from "./learnt_store.ts";
import { openDatabase } from "./open_database.ts";
import { State } from "./state.ts";
import { IN_MEMORY } from "../storage/open_database.ts";

const PLACE = { capability: "netflow_udp", port: 2055 };
const SCOPE = { format: "netflow9", address: "192.0.2.1", domain: 7 } as const;
const DAY_MS = 86_400_000;
const START_MS = 1_704_067_200_000;

const TEMPLATE: LearntEntry = {
  kind: "template",
  ...SCOPE,
  port: 50_000,
  id: 256,
  scopeFields: 1,
  fields: [[-9, 1, 4], [29_305, 5, 65_535]],
};
const NAME: LearntEntry = { kind: "interface", ...SCOPE, port: -1, id: 3, value: 'Gi"0/3' };
const RATE: LearntEntry = { kind: "sampler", ...SCOPE, port: -1, id: -1, value: 2.5 };

class House {
  nowMs = START_MS;
  readonly losses: string[] = [];
  readonly database: DatabaseSync;
  readonly state: State;

  constructor(folder = IN_MEMORY) {
    this.database = openDatabase(folder);
    this.state = new State(this.database, {
      now: () => this.nowMs,
      onLoss: (reason) => this.losses.push(reason),
    });
  }

  learn(...learnt: LearntEntry[]): void {
    this.state.save(PLACE, { learnt, forgotten: [], used: [] });
  }

  load(): LearntEntry[] {
    return this.state.load(PLACE);
  }
}

Deno.test("what was saved is there again, for its collector alone", () => {
  using temporary = temporaryFolder();
  const first = new House(temporary.path);
  first.learn(TEMPLATE, NAME, RATE);
  first.state.close();
  const second = new House(temporary.path);
  const byKind = (entries: LearntEntry[]) => entries.toSorted((a, b) => a.kind < b.kind ? -1 : 1);
  assert.deepEqual(byKind(second.load()), byKind([TEMPLATE, NAME, RATE]));
  assert.deepEqual(second.state.load({ ...PLACE, port: 2056 }), []);
  assert.deepEqual(second.state.load({ ...PLACE, capability: "ipfix_udp" }), []);
  second.state.close();
});

Deno.test("an entry takes the place of one of its key; a forgotten one is gone", () => {
  const house = new House();
  house.learn(TEMPLATE, NAME);
  house.learn({ ...NAME, value: "renamed" } as LearntEntry);
  house.state.save(PLACE, { learnt: [], forgotten: [TEMPLATE], used: [] });
  assert.deepEqual(house.load(), [{ ...NAME, value: "renamed" }]);
});

Deno.test("the longest unused comes first, and use counts", () => {
  const house = new House();
  const of = (address: string): LearntEntry => ({ ...TEMPLATE, address });
  house.learn(of("192.0.2.1"));
  house.nowMs += 1000;
  house.learn(of("192.0.2.2"));
  house.nowMs += 1000;
  const used = [{ ...SCOPE, port: 50_000 }];
  house.state.save(PLACE, { learnt: [], forgotten: [], used });
  assert.deepEqual(house.load().map(({ address }) => address), ["192.0.2.2", "192.0.2.1"]);
});

Deno.test(`what is unused for ${LEARNT_EXPIRES_DAYS} days expires; use keeps template and facts`, () => {
  const house = new House();
  house.learn(TEMPLATE, NAME, { ...TEMPLATE, address: "192.0.2.2" });
  house.nowMs += 20 * DAY_MS;
  const used = [{ ...SCOPE, port: 50_000 }];
  house.state.save(PLACE, { learnt: [], forgotten: [], used });
  house.nowMs += 20 * DAY_MS;
  assert.deepEqual(house.load().map(({ kind }) => kind).sort(), ["interface", "template"]);
  const later = new State(house.database, { now: () => house.nowMs, onLoss: () => {} });
  assert.equal(house.database.prepare("SELECT count(*) AS n FROM learnt").get()!.n, 2);
  later.close();
});

function manyNames(count: number, address: string): LearntEntry[] {
  return Array.from({ length: count }, (_, id) => ({ ...NAME, address, id } as LearntEntry));
}

Deno.test("a table full of what is in use takes in no more; what is old makes room", () => {
  const house = new House();
  house.learn(...manyNames(LIMITS.storedEntries, "192.0.2.1"));
  house.nowMs += 3_600_000;
  house.learn(...manyNames(100, "203.0.113.1"));
  const addresses = () => new Set(house.load().map(({ address }) => address));
  assert.deepEqual([...addresses()], ["192.0.2.1"]);
  assert.equal(house.load().length, LIMITS.storedEntries);
  house.nowMs += 2 * DAY_MS;
  house.learn(...manyNames(100, "203.0.113.1"));
  assert.deepEqual([...addresses()], ["203.0.113.1"]);
});

Deno.test("octets are bounded as entries are", () => {
  const house = new House();
  const fields = Array.from(
    { length: LIMITS.templateFields },
    () => [4_294_967_295, 65_535, 65_535] as const,
  );
  const big = (id: number) => ({ ...TEMPLATE, id, fields } as LearntEntry);
  for (let id = 256; id < 1256; id += 100) {
    house.learn(...Array.from({ length: 100 }, (_, i) => big(id + i)));
  }
  const row = house.database.prepare("SELECT sum(length(value)) AS n FROM learnt").get()!;
  assert.ok((row.n as number) <= LIMITS.storedOctets, `${row.n}`);
  assert.ok((row.n as number) > LIMITS.storedOctets / 2);
});

Deno.test("rows that were tampered with are passed over", () => {
  const house = new House();
  house.learn(NAME);
  const insert = house.database.prepare("INSERT INTO learnt VALUES (?,?,?,?,?,?,?,?,?,?)");
  const add = (domain: number | bigint | string, id: number | bigint | string, value: string) =>
    insert.run(
      "netflow_udp",
      2055,
      "ipfix",
      "192.0.2.9",
      domain,
      -1,
      "interface",
      id,
      value,
      START_MS,
    );
  add(1, 1, "no JSON");
  add(2, 2n ** 62n, '"name"');
  add(2n ** 40n, 3, '"name"');
  add("text", 4, '"name"');
  add(5, 5, `"${"x".repeat(100_000)}"`);
  add(6, 6, '{"a":1}');
  add(7, 7, '"\\u202ename"');
  assert.deepEqual(house.load(), [NAME]);
});

Deno.test("a full disk costs what is kept, not the program: it goes on in memory, and says so", () => {
  using temporary = temporaryFolder();
  const house = new House(temporary.path);
  house.learn(NAME);
  house.database.exec("PRAGMA max_page_count = 8");
  house.learn(...manyNames(5000, "192.0.2.5"));
  assert.equal(house.losses.length, 1);
  assert.match(house.losses[0], /disk is full.*kept in memory.*restart flow-agent/);
  assert.equal(house.load().length, 5001);
  house.learn(...manyNames(5001, "192.0.2.5"));
  assert.equal(house.losses.length, 1, "once");
  const next = new House(temporary.path);
  assert.deepEqual(next.load(), [NAME], "what was committed is there");
  next.state.close();
});
