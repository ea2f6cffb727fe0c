import assert from "node:assert/strict";
import { LIMITS } from "../limits.ts";
import { LearntFacts } from "./learnt_facts.ts";

/** Teaches an exporter so many names. */
function teach(learnt: LearntFacts, key: string, { names = 1, nowMs = 0, confirm = false } = {}) {
  const facts = learnt.find(key, nowMs);
  learnt.prepare(key);
  for (let i = 0; i < names; i++) facts.learnInterface(i, 7);
  learnt.keep(facts);
  if (confirm) learnt.confirm(key);
  return facts;
}

const name = (learnt: LearntFacts, key: string, nowMs = 0) =>
  learnt.find(key, nowMs).interfaceName(0);

Deno.test("who teaches nothing is not kept, and reads nobody's facts", () => {
  const learnt = new LearntFacts();
  for (let i = 0; i < 10_000; i++) learnt.find(`noise ${i}`, 0);
  teach(learnt, "real");
  assert.equal(name(learnt, "real"), 7);
  assert.equal(name(learnt, "other"), -1);
  assert.equal(learnt.evicted, 0);
});

Deno.test("forged options push out each other, and never those of an exporter that is real", () => {
  const learnt = new LearntFacts();
  teach(learnt, "real", { confirm: true });
  for (let i = 0; i < LIMITS.probationExporters + 100; i++) teach(learnt, `forged ${i}`);
  assert.equal(name(learnt, "real"), 7);
  assert.equal(learnt.evicted, 100);
  assert.equal(name(learnt, "forged 0"), -1);
});

Deno.test("names of all exporters together are bounded, at the cost of those in probation", () => {
  const learnt = new LearntFacts();
  const names = LIMITS.learntNames;
  teach(learnt, "real", { names, confirm: true });
  const sources = Math.ceil(LIMITS.learntEntries / names) + 3;
  for (let i = 0; i < sources; i++) {
    const { refused } = teach(learnt, `forged ${i}`, { names });
    assert.equal(refused, 0, `${i}`);
  }
  assert.ok(learnt.evicted >= 3, `${learnt.evicted}`);
  assert.equal(name(learnt, "real"), 7);
});

Deno.test("where real exporters fill the house, more is refused and counted", () => {
  const learnt = new LearntFacts();
  const names = LIMITS.learntNames;
  const sources = Math.floor(LIMITS.learntEntries / names);
  for (let i = 0; i < sources; i++) teach(learnt, `real ${i}`, { names, confirm: true });
  const left = LIMITS.learntEntries - sources * names;
  const { entries, refused } = teach(learnt, "late", { names });
  assert.deepEqual([entries, refused], [left, names - left]);
  assert.equal(name(learnt, "real 0"), 7);
});

Deno.test("one exporter has caps of its own", () => {
  const learnt = new LearntFacts();
  const { entries, refused } = teach(learnt, "real", { names: LIMITS.learntNames + 5 });
  assert.deepEqual([entries, refused], [LIMITS.learntNames, 5]);
});

Deno.test("a full house of living exporters takes in no more until one has been silent", () => {
  const learnt = new LearntFacts();
  for (let i = 0; i < LIMITS.learntExporters; i++) teach(learnt, `real ${i}`, { confirm: true });
  teach(learnt, "late", { nowMs: 1000, confirm: true });
  assert.deepEqual([name(learnt, "real 0", 1000), name(learnt, "late", 1000)], [7, 7]);
  assert.equal(learnt.evicted, 0);
  const after = LIMITS.reuseAfterMs + 1;
  assert.equal(name(learnt, "late", after), 7);
  learnt.confirm("late");
  assert.equal(learnt.evicted, 1, "real 1, silent for longest");
  assert.equal(name(learnt, "real 1", after), -1);
});
