import assert from "node:assert/strict";
import { LIMITS } from "../limits.ts";
import { FieldMap } from "./field_map.ts";
import { PlanCache } from "./plan_cache.ts";
import { Template } from "./template.ts";
import { TemplateCache } from "./template_cache.ts";

const PLANS = new PlanCache(new FieldMap());
const REAL = { address: "192.0.2.1", port: 2055 };
const forged = (i: number) => ({ address: `198.51.${i >> 8}.${i & 255}`, port: i });

function template(id: number, fields = 1): Template {
  const field = { pen: 0, id: 1, length: 4 };
  return new Template({ id, scopeFields: 0, fields: new Array(fields).fill(field) }, PLANS);
}

const waiting = (octets: number, heldSinceMs = 0) => ({
  templateId: 256,
  octets: new Uint8Array(octets),
  heldSinceMs,
  exportMs: 0,
  uptimeMs: 0,
});

Deno.test("forged sources push out each other, and never one that has decoded data", () => {
  const cache = new TemplateCache();
  const real = cache.scope(REAL, 0, 0);
  cache.learn(real, template(256));
  cache.confirm(real);
  for (let i = 0; i < 20_000; i++) cache.learn(cache.scope(forged(i), 0, i), template(256));
  assert.equal(cache.scope(REAL, 0, 20_000), real);
  assert.equal(cache.evicted, 20_000 - LIMITS.probationScopes);
  assert.notEqual(cache.scope(forged(0), 0, 20_001).templates.size, 1, "the oldest is gone");
});

Deno.test("in probation the one that was unused for longest goes first", () => {
  const cache = new TemplateCache();
  const first = cache.scope(REAL, 0, 0);
  for (let i = 0; i < 10 * LIMITS.probationScopes; i++) {
    cache.scope(forged(i), 0, i);
    assert.equal(cache.scope(REAL, 0, i), first);
  }
});

Deno.test("a full house of living exporters takes in no more, and keeps decoding the newcomer", () => {
  const cache = new TemplateCache();
  for (let i = 0; i < LIMITS.confirmedScopes; i++) {
    cache.confirm(cache.scope(forged(i), 0, i));
  }
  const late = cache.scope(REAL, 0, 10_000);
  cache.confirm(late);
  assert.equal(late.confirmed, false);
  assert.equal(cache.evicted, 0);
  const after = 700_000;
  for (let i = 1; i < LIMITS.confirmedScopes; i++) cache.scope(forged(i), 0, after);
  assert.equal(cache.scope(REAL, 0, after), late);
  cache.confirm(late);
  assert.equal(late.confirmed, true, "one has been silent for ten minutes");
  assert.equal(cache.evicted, 1);
  assert.equal(cache.scope(forged(0), 0, after).confirmed, false);
});

/** Sessions that fill the room of those in probation. */
function fillProbation(cache: TemplateCache): void {
  const sets = LIMITS.waitingSets;
  const size = LIMITS.waitingOctetsPerScope / sets;
  for (let i = 0; i < LIMITS.probationWaitingOctets / LIMITS.waitingOctetsPerScope; i++) {
    const scope = cache.scope(forged(i), 0, 0);
    for (let j = 0; j < sets; j++) assert.ok(cache.hold(scope, waiting(size)));
    assert.equal(cache.hold(scope, waiting(0)), false, "so many sets of one session");
  }
  assert.equal(cache.waitingOctets, LIMITS.probationWaitingOctets);
}

Deno.test("waiting octets are bounded, and given back when sets are released or their session goes", () => {
  const cache = new TemplateCache();
  fillProbation(cache);
  assert.equal(cache.hold(cache.scope(REAL, 0, 0), waiting(1)), false);
  const released = cache.release(cache.scope(forged(0), 0, 0), 256, 0);
  assert.equal(released.ready.length, LIMITS.waitingSets);
  const rest = LIMITS.probationWaitingOctets - LIMITS.waitingOctetsPerScope;
  assert.equal(cache.waitingOctets, rest);
  for (let i = 0; i <= LIMITS.probationScopes; i++) cache.scope(forged(1000 + i), 0, 1);
  assert.equal(cache.waitingOctets, 0);
  assert.deepEqual(cache.takeLosses(), {
    templates: 0,
    sets: LIMITS.waitingSets * (rest / LIMITS.waitingOctetsPerScope),
  });
  assert.deepEqual(cache.takeLosses(), { templates: 0, sets: 0 });
});

Deno.test("forged sets cannot take the room of an exporter that is real", () => {
  const cache = new TemplateCache();
  const real = cache.scope(REAL, 0, 0);
  assert.ok(cache.hold(real, waiting(1000)));
  cache.confirm(real);
  cache.release(real, 256, 0);
  fillProbation(cache);
  assert.equal(cache.hold(cache.scope(forged(99), 0, 0), waiting(1)), false);
  assert.ok(cache.hold(real, waiting(100_000)), "a share is left for it");
});

Deno.test("one session cannot take the whole room", () => {
  const cache = new TemplateCache();
  const scope = cache.scope(REAL, 0, 0);
  assert.ok(cache.hold(scope, waiting(LIMITS.waitingOctetsPerScope)));
  assert.equal(cache.hold(scope, waiting(1)), false);
});

Deno.test("a full room is cleared of what has waited too long, not for each set", () => {
  const cache = new TemplateCache();
  fillProbation(cache);
  const late = (atMs: number) => cache.hold(cache.scope(REAL, 0, atMs), waiting(1, atMs));
  assert.equal(late(LIMITS.waitingMs), false, "not old enough");
  assert.equal(late(LIMITS.waitingMs + 1), false, "searched a moment ago");
  assert.equal(late(LIMITS.waitingMs + 10_000), true);
  assert.equal(cache.waitingOctets, 1);
  const sessions = LIMITS.probationWaitingOctets / LIMITS.waitingOctetsPerScope;
  assert.deepEqual(cache.takeLosses(), { templates: 0, sets: sessions * LIMITS.waitingSets });
});

Deno.test("templates that are pushed out are counted, of sessions in probation and confirmed ones", () => {
  const cache = new TemplateCache();
  const real = cache.scope(REAL, 0, 0);
  cache.learn(real, template(256));
  cache.learn(real, template(257));
  for (let i = 0; i < LIMITS.probationScopes; i++) cache.scope(forged(i), 0, 1);
  assert.deepEqual(cache.takeLosses(), { templates: 2, sets: 0 });
  const first = cache.scope(REAL, 0, 2);
  cache.learn(first, template(256));
  cache.confirm(first);
  for (let i = 0; i < LIMITS.confirmedScopes; i++) {
    const at = LIMITS.reuseAfterMs + 2;
    cache.confirm(cache.scope(forged(i), 1, at));
  }
  assert.equal(cache.takeLosses().templates, 1);
});

Deno.test("release() keeps the order, leaves other templates' sets, and counts those too old", () => {
  const cache = new TemplateCache();
  const scope = cache.scope(REAL, 0, 0);
  cache.hold(scope, waiting(1, 0));
  cache.hold(scope, waiting(2, 10));
  cache.hold(scope, { ...waiting(3, 10), templateId: 257 });
  cache.hold(scope, waiting(4, 10));
  const { ready, expired } = cache.release(scope, 256, LIMITS.waitingMs + 5);
  assert.deepEqual(ready.map(({ octets }) => octets.length), [2, 4]);
  assert.equal(expired, 1);
  assert.deepEqual(scope.waiting.map(({ templateId }) => templateId), [257]);
});

Deno.test("fields of all templates together are bounded, at the cost of those in probation", () => {
  const cache = new TemplateCache();
  const real = cache.scope(REAL, 0, 0);
  cache.learn(real, template(256, 500));
  cache.confirm(real);
  const sources = 8;
  for (let source = 0; source < sources; source++) {
    const scope = cache.scope(forged(source), 0, 0);
    for (let id = 0; id < LIMITS.templatesPerScope; id++) {
      assert.ok(cache.learn(scope, template(256 + id, LIMITS.templateFields)));
    }
  }
  assert.ok(cache.evicted >= sources - 2, `${cache.evicted} evicted`);
  assert.equal(cache.scope(REAL, 0, 1).templates.get(256)!.record.fields.length, 500);
  assert.ok(cache.learn(real, template(256, 10)), "a template in place of another");
});

Deno.test("borrow() asks no crowd of ports", () => {
  const cache = new TemplateCache();
  cache.learn(cache.scope({ ...REAL, port: 1 }, 0, 0), template(256));
  for (let port = 2; port <= 8; port++) cache.scope({ ...REAL, port }, 0, 0);
  const ask = () => cache.borrow({ ...REAL, port: 2 }, 0, { id: 256, octets: 8 });
  assert.ok(ask() !== undefined);
  cache.scope({ ...REAL, port: 9 }, 0, 0);
  assert.equal(ask(), undefined);
});
