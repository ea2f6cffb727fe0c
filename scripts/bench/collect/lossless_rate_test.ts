import assert from "node:assert/strict";
import type { Load, Sender, Sent } from "./generator.ts";
import { LOSSLESS, losslessRate, type Measurement } from "./lossless_rate.ts";
import type { Receiver } from "./receiver.ts";

/** Records a datagram. */
const RECORDS = 24;

interface Limits {
  /** Datagrams a second that the collector takes. */
  readonly takes: number;
  /** The same in runs of over a second, where its disk is slower than its memory. */
  readonly takesLong?: number;
  /** Of a run, by its number, that has a stall of its own. */
  readonly stalls?: number;
  /** Datagrams a second that the generator sends at most. */
  readonly sends?: number;
}

/** A collector and a generator with their limits. */
class Scene implements Receiver, Sender {
  readonly ports = [1];
  readonly #limits: Limits;
  #run = 0;
  #sent: Sent = { datagrams: 0, records: 0, seconds: 1 };

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  begin(): Promise<void> {
    return Promise.resolve();
  }

  send({ rate, seconds }: Load): Promise<Sent> {
    this.#run++;
    const datagrams = Math.min(rate, this.#limits.sends ?? Infinity) * seconds;
    this.#sent = { datagrams, records: datagrams * RECORDS, seconds };
    return Promise.resolve(this.#sent);
  }

  end() {
    const { datagrams, seconds } = this.#sent;
    const { takes, takesLong = takes, stalls } = this.#limits;
    const taken = Math.min(datagrams, (seconds > 1 ? takesLong : takes) * seconds);
    const records = taken * RECORDS * (this.#run === stalls ? 0.98 : 1);
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

Deno.test("losslessRate() is not led astray by one stall", async () => {
  for (const stalls of [2, 3, 4]) {
    const { median } = await search(new Scene({ takes: 100_000, stalls }), 80_000);
    assert.ok(median.datagramsPerSecond > 90_000, `${stalls}: ${median.datagramsPerSecond}`);
  }
});

Deno.test("losslessRate() goes down to what holds for long", async () => {
  const { median } = await search(new Scene({ takes: 100_000, takesLong: 30_000 }), 80_000);
  assert.ok(median.loss <= LOSSLESS, `${median.loss}`);
  assert.ok(median.datagramsPerSecond > 25_000, `${median.datagramsPerSecond}`);
});

Deno.test("losslessRate() goes up where short trials were too severe", async () => {
  const { median } = await search(new Scene({ takes: 70_000, takesLong: 90_000 }), 80_000);
  assert.ok(median.datagramsPerSecond > 80_000, `${median.datagramsPerSecond}`);
});

Deno.test("losslessRate() says where the generator is the slower one", async () => {
  const { median, outran } = await search(new Scene({ takes: 1e6, sends: 150_000 }), 80_000);
  assert.equal(median.datagramsPerSecond, 150_000);
  assert.equal(outran, true);
});

Deno.test("losslessRate() ends where everything loses", async () => {
  const { median } = await search(new Scene({ takes: 0 }), 80_000);
  assert.equal(median.loss, 1);
});
