import assert from "node:assert/strict";
import type { LearntEntry } from "../wire/learnt.ts";
import { LIMITS } from "../wire/limits.ts";
import { LearntBatch } from "./learnt_batch.ts";

const SCOPE = { format: "ipfix", address: "192.0.2.1", domain: 0 } as const;

function name(id: number, value = `eth${id}`): LearntEntry {
  return { kind: "interface", ...SCOPE, port: -1, id, value };
}
function template(id: number, fields = 10): LearntEntry {
  const layout = Array.from({ length: fields }, () => [0, 1, 4] as const);
  return { kind: "template", ...SCOPE, port: 5, id, scopeFields: 0, fields: layout };
}

Deno.test("what is learnt twice is told once, as it is now; told is gone", () => {
  const batch = new LearntBatch([]);
  assert.equal(batch.take(Infinity), null);
  batch.learnt(name(1, "old"));
  batch.learnt(name(2));
  batch.learnt(name(1, "new"));
  batch.used({ ...SCOPE, port: 5 });
  batch.used({ ...SCOPE, port: 5 });
  assert.deepEqual(batch.take(Infinity), {
    learnt: [name(2), name(1, "new")],
    forgotten: [],
    used: [{ ...SCOPE, port: 5 }],
  });
  assert.equal(batch.take(Infinity), null);
});

Deno.test("what is forgotten and learnt again is learnt, and the other way round", () => {
  const batch = new LearntBatch([]);
  batch.forget(template(256));
  batch.learnt(template(256));
  assert.deepEqual(batch.take(Infinity), { learnt: [template(256)], forgotten: [], used: [] });
  batch.learnt(template(256));
  batch.forget(template(256));
  assert.deepEqual(batch.take(Infinity), { learnt: [], forgotten: [template(256)], used: [] });
});

Deno.test("a message weighs no more than it may, the rest follows in order", () => {
  const batch = new LearntBatch([]);
  for (let id = 256; id < 266; id++) batch.learnt(template(id, 9));
  const taken: number[] = [];
  for (let i = 0; i < 4; i++) {
    const { learnt } = batch.take(30)!;
    assert.ok(learnt.length <= 3);
    taken.push(...learnt.map(({ id }) => id));
  }
  assert.deepEqual(taken, [256, 257, 258, 259, 260, 261, 262, 263, 264, 265]);
  batch.learnt(template(300, 500));
  assert.equal(batch.take(30)!.learnt.length, 1, "one too heavy goes alone");
});

Deno.test("what cannot be told in time is left out and counted", () => {
  const batch = new LearntBatch([]);
  const most = LIMITS.untoldWeight;
  for (let id = 0; id < most + 10; id++) batch.learnt(name(id));
  assert.equal(batch.leftOut, 10);
  assert.equal(batch.take(Infinity)!.learnt.length, most);
  batch.learnt(name(0));
  assert.equal(batch.leftOut, 10, "there is room again");
});
