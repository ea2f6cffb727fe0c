import assert from "node:assert/strict";
import { CaptureLog } from "../../tests/support/capture_log.ts";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { FlowFixture } from "../../tests/support/flow_fixture.ts";
import type { MortalQuestions } from "../../tests/support/mortal_query_worker.ts";
import { QueryClient, QueryFailure } from "./query_client.ts";

class House {
  readonly clock = new FakeClock();
  readonly log = new CaptureLog();
  readonly client = new QueryClient<MortalQuestions>({
    workerUrl: new URL("../../tests/support/mortal_query_worker.ts", import.meta.url),
    clock: this.clock,
    log: this.log.logger,
  });

  [Symbol.dispose](): void {
    this.client.close();
  }
}

async function failureOf(asking: Promise<unknown>): Promise<string> {
  const error = await asking.then(() => null, (reason) => reason);
  assert.ok(error instanceof QueryFailure, String(error));
  return error.message;
}

Deno.test("questions overlap, and each gets its own answer", async () => {
  using house = new House();
  const waiting = failureOf(house.client.ask("wait", null));
  const texts = Array.from({ length: 20 }, (_, i) => `text ${i}`);
  assert.deepEqual(await Promise.all(texts.map((t) => house.client.ask("echo", t))), texts);
  house.client.close();
  assert.match(await waiting, /stopping/);
});

Deno.test("a question that fails says why and harms no other", async () => {
  using house = new House();
  assert.equal(await failureOf(house.client.ask("fail", "no such thing")), "no such thing");
  assert.match(await failureOf(house.client.ask("uncloneable", null)), /could not be cloned/);
  await failureOf(house.client.ask("unheard_of" as "wait", null));
  assert.equal(await house.client.ask("echo", "alive"), "alive");
});

Deno.test("a worker that dies fails what is open, comes back, and reads the same rings", async () => {
  using house = new House();
  const { client, clock, log } = house;
  const [a, b] = [new FlowFixture(), new FlowFixture()];
  client.attach(a.memory);
  a.add({}, {}, {});
  assert.deepEqual(await client.ask("rows", null), [3]);

  const open = [failureOf(client.ask("wait", null)), failureOf(client.ask("die", "told to"))];
  for (const message of await Promise.all(open)) {
    assert.match(
      message,
      /the query worker died \(.*told to.*\) and is being restarted; ask again/,
    );
  }
  assert.match(
    await failureOf(client.ask("rows", null)),
    /cannot answer "rows": the query worker is being restarted; ask again/,
  );
  assert.equal(log.at("error").length, 1);
  // A collector that starts meanwhile is not forgotten.
  b.add({});
  client.attach(b.memory);
  clock.advance(1000);
  assert.deepEqual(await client.ask("rows", null), [3, 1]);
  a.add({});
  assert.deepEqual(await client.ask("rows", null), [4, 1]);
});

Deno.test("close() ends it for good: nothing is restarted, and asking says so", async () => {
  const { client, clock } = new House();
  const dying = failureOf(client.ask("die", "told to"));
  await dying;
  client.close();
  assert.equal(clock.pending, 0);
  assert.match(await failureOf(client.ask("echo", "x")), /flow-agent is stopping/);
});

Deno.test("questions are bounded in number and time, and a worker that is silent is replaced", async () => {
  using house = new House();
  const { client, clock } = house;
  const stuck = Array.from({ length: 4 + 64 }, () => failureOf(client.ask("wait", null)));
  assert.match(await failureOf(client.ask("echo", "one more")), /too many questions wait/);
  clock.advance(59_999);
  assert.deepEqual(house.log.at("error"), []);
  clock.advance(1);
  for (const message of await Promise.all(stuck)) {
    assert.match(message, /did not answer within 60 s/);
  }
  clock.advance(1000);
  assert.equal(await client.ask("echo", "back"), "back");
  assert.equal(clock.pending, 0);
});

Deno.test("there is no worker before there is a question or something to ask about", async () => {
  const spawned: string[] = [];
  const Real = globalThis.Worker;
  globalThis.Worker = class extends Real {
    constructor(...args: ConstructorParameters<typeof Real>) {
      super(...args);
      spawned.push(args[1]?.name ?? "");
    }
  };
  try {
    using unasked = new House();
    assert.deepEqual(spawned, []);
    unasked.client.attach(new FlowFixture().memory);
    assert.deepEqual(spawned, ["query"]);
    unasked.client.attach(new FlowFixture().memory);
    using asked = new House();
    assert.equal(await asked.client.ask("echo", "here"), "here");
    assert.deepEqual(spawned, ["query", "query"]);
  } finally {
    globalThis.Worker = Real;
  }
});
