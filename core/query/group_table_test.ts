import assert from "node:assert/strict";
import { Random } from "../../tests/support/random.ts";
import { GroupTable } from "./group_table.ts";

/** The table as one would first write it. */
class Model {
  readonly ids = new Map<string, number>();

  release(id: number): void {
    for (const [key, known] of this.ids) if (known === id) this.ids.delete(key);
  }
}

function look(table: GroupTable, words: readonly number[], how: "find" | "peek"): number {
  table.key.set(words);
  return table[how]();
}

for (
  const { title, keys, max, steps } of [
    { title: "few keys, often released", keys: 40, max: 100, steps: 20_000 },
    { title: "growth beyond the first tables", keys: 6000, max: 10_000, steps: 40_000 },
    { title: "a table that is full most of the time", keys: 300, max: 100, steps: 20_000 },
  ]
) {
  Deno.test(`GroupTable agrees with a Map: ${title}`, () => {
    const random = new Random(42);
    const table = new GroupTable(2, max);
    const model = new Model();
    const read = new Uint32Array(2);
    for (let step = 0; step < steps; step++) {
      const words = [random.below(keys), 0xffffffff - random.below(2)];
      const known = model.ids.get(words.join());
      const choice = random.below(10);
      if (choice < 6) {
        const id = look(table, words, "find");
        if (known !== undefined) assert.equal(id, known);
        else if (model.ids.size === max) assert.equal(id, -1);
        else {
          assert.ok(id >= 0 && id < table.idLimit);
          assert.ok(![...model.ids.values()].includes(id), "an id that nobody has");
          model.ids.set(words.join(), id);
        }
      } else if (choice < 8) {
        assert.equal(look(table, words, "peek"), known ?? -1);
      } else if (known !== undefined) {
        table.release(known);
        model.release(known);
      }
      assert.equal(table.size, model.ids.size);
    }
    assert.ok(table.idLimit <= max);
    for (const [key, id] of model.ids) {
      table.readKey(id, read);
      assert.equal(read.join(), key);
      assert.equal(look(table, [...read], "peek"), id);
    }
  });
}

Deno.test("peek() gives no id to a key it does not know", () => {
  const table = new GroupTable(1, 10);
  assert.equal(look(table, [7], "peek"), -1);
  assert.equal(table.size, 0);
  const id = look(table, [7], "find");
  assert.equal(look(table, [7], "peek"), id);
});

Deno.test("an id that was released is given out again, with its new key", () => {
  const table = new GroupTable(1, 2);
  const ids = [look(table, [1], "find"), look(table, [2], "find")];
  assert.equal(look(table, [3], "find"), -1);
  table.release(ids[0]);
  assert.equal(look(table, [3], "find"), ids[0]);
  const key = new Uint32Array(1);
  table.readKey(ids[0], key);
  assert.equal(key[0], 3);
  assert.equal(look(table, [1], "peek"), -1);
});
