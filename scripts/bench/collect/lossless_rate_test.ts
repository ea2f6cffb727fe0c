import assert from "node:assert/strict";
import type { Load, Sender, Sent } from "./generator.ts";
import { LOSSLESS, losslessRate, type Measurement } from "./lossless_rate.ts";
import type { Receiver } from "./receiver.ts";

/** Records a datagram. */
const RECORDS = 24;

/** A collector that takes so many datagrams a second, and a generator that sends at most so many. */
class Scene implements Receiver, Sender {
  readonly ports = [1];
  readonly #takes: number;
  readonly #sends: number;
  #sent: Sent = { datagrams: 0, records: 0, seconds: 1 };

  constructor({ takes, sends = Infinity }: { takes: number; sends?: number }) {
    this.#takes = takes;
    this.#sends = sends;
  }

  begin(): Promise<void> {
    return Promise.resolve();
  }

  send({ rate, seconds }: Load): Promise<Sent> {
    const datagrams = Math.min(rate, this.#sends) * seconds;
    this.#sent = { datagrams, records: datagrams * RECORDS, seconds };
    return Promise.resolve(this.#sent);
  }

  end() {
    const { datagrams, seconds } = this.#sent;
    const records = Math.min(datagrams, this.#takes * seconds) * RECORDS;
    return Promise.resolve({ records, usage: { cpuSeconds: 1, rssMib: 1 } });
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function search(scene: Scene, guess: number) {
  const measured: Measurement = {
    receiver: scene,
    sender: scene,
    format: "v9",
    core: null,
    log: () => {},
  };
  return losslessRate(measured, { guess, trialSeconds: 1, runSeconds: 2 });
}

for (const guess of [20_000, 80_000, 500_000]) {
  Deno.test(`losslessRate() finds the rate from a guess of ${guess}`, async () => {
    const { median, runs, outran } = await search(new Scene({ takes: 100_000 }), guess);
    assert.ok(median.loss <= LOSSLESS, `${median.loss}`);
    assert.ok(median.datagramsPerSecond > 90_000, `${median.datagramsPerSecond}`);
    assert.ok(median.datagramsPerSecond <= 100_100, `${median.datagramsPerSecond}`);
    assert.equal(median.recordsPerSecond, median.datagramsPerSecond * RECORDS);
    assert.deepEqual([runs.length, outran], [3, false]);
  });
}

Deno.test("losslessRate() says where the generator is the slower one", async () => {
  const { median, outran } = await search(new Scene({ takes: 1e6, sends: 150_000 }), 80_000);
  assert.equal(median.datagramsPerSecond, 150_000);
  assert.equal(outran, true);
});

Deno.test("losslessRate() ends where everything loses", async () => {
  const { median } = await search(new Scene({ takes: 0 }), 80_000);
  assert.equal(median.loss, 1);
});
