import { parseArgs } from "node:util";
import { builtInCapabilities } from "../../capabilities/registry.ts";
import { type Crasher, writeCrasher } from "./crasher.ts";
import { minimise } from "./minimise.ts";
import type { Arrival } from "./datagram_maker.ts";
import { arrivalsOf, type LifePlan } from "./run_life.ts";
import { readSeeds, type Seed } from "./seeds.ts";
import type { Answer, Request } from "./worker.ts";

// `deno task fuzz`: hostile datagrams made of real ones, for as long as it is left running.

const USAGE = `deno task fuzz [-- OPTIONS]
  --seed N         where the random numbers begin; default: the time
  --minutes N      when to stop; default: at Ctrl-C
  --capability X   which one; default: all by turns
  --length N       datagrams of one codec's life; default 5000
  --out FOLDER     where crashers go; default tests/fuzz/crashers`;

const LOOK_MS = 250;
/**
 * One that stands still for so many looks hangs: 30 s. Looks are counted and no time, so that a
 * machine that slept has not made it hang.
 */
const HANG_LOOKS = 120;
/** The same for each try of making its sequence smaller, and most tries. */
const TRY_LOOKS = 20;
const TRIES = 60;
const REPORT_MS = 5_000;

/** What a worker is asked, but for what the lab adds. */
type Question = Request extends infer R ? R extends Request ? Omit<R, "progress"> : never : never;

/** A worker that is replaced when it hangs. */
class Lab {
  #worker = spawn();

  /**
   * Asks the worker.
   *
   * @param question what
   * @param looks without progress until it is said to hang
   * @returns the answer, null when it hung, and how far it came
   */
  async ask(question: Question, looks: number): Promise<{ answer: Answer | null; at: number }> {
    const progress = new Int32Array(new SharedArrayBuffer(4));
    const { promise, resolve, reject } = Promise.withResolvers<Answer | null>();
    this.#worker.onmessage = ({ data }: MessageEvent<Answer>) => resolve(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message));
    };
    let [last, still] = [-1, 0];
    const timer = setInterval(() => {
      const at = Atomics.load(progress, 0);
      still = at === last ? still + 1 : 0;
      last = at;
      if (still >= looks) resolve(null);
    }, LOOK_MS);
    this.#worker.postMessage({ ...question, progress: progress.buffer });
    try {
      const answer = await promise;
      if (answer === null) this.#replace();
      return { answer, at: Atomics.load(progress, 0) };
    } finally {
      clearInterval(timer);
    }
  }

  end(): void {
    this.#worker.terminate();
  }

  #replace(): void {
    this.#worker.terminate();
    this.#worker = spawn();
  }
}

function spawn(): Worker {
  return new Worker(new URL("worker.ts", import.meta.url), { type: "module" });
}

const lab = new Lab();

/** Lives one life; what it fails by, if it does. */
async function live(plan: LifePlan): Promise<{ rows: number; crasher: Crasher | null }> {
  const { answer, at } = await lab.ask({ type: "life", plan }, HANG_LOOKS);
  if (answer === null) return { rows: 0, crasher: await findHang(plan, at - 1) };
  if (answer.type === "failed") return { rows: 0, crasher: answer.crasher };
  return { rows: answer.type === "lived" ? answer.rows : 0, crasher: null };
}

/** The few datagrams that a life hangs by; null where it does not when it is tried again. */
async function findHang(plan: LifePlan, n: number): Promise<Crasher | null> {
  const hangs = async (arrivals: readonly Arrival[]): Promise<boolean> =>
    (await lab.ask({ type: "try", plan, arrivals }, TRY_LOOKS)).answer === null;
  const all = arrivalsOf(plan, n);
  if (!await hangs(all)) {
    console.error(`life ${plan.number} stood still at datagram ${n}, and does not when repeated`);
    return null;
  }
  const arrivals = await minimise(all, hangs, { tries: TRIES });
  const failure = `hang (life ${plan.number}, datagram ${n})`;
  return { capability: plan.capability, failure, arrivals };
}

const { values: options } = parseArgs({
  args: Deno.args.filter((word) => word !== "--"),
  options: {
    seed: { type: "string", default: `${Date.now() % 2 ** 31}` },
    minutes: { type: "string", default: "Infinity" },
    length: { type: "string", default: "5000" },
    capability: { type: "string" },
    out: { type: "string", default: new URL("crashers", import.meta.url).pathname },
    help: { type: "boolean", default: false },
  },
});
const [seed, minutes, length] = [options.seed, options.minutes, options.length].map(Number);
if (options.help || Number.isNaN(minutes) || !Number.isInteger(seed) || !(length > 0)) {
  console.error(USAGE);
  Deno.exit(options.help ? 0 : 2);
}

const names = builtInCapabilities.map(({ name }) => name)
  .filter((name) => options.capability === undefined || name === options.capability);
const seeds = new Map<string, Seed[]>();
for (const capability of builtInCapabilities) {
  if (names.includes(capability.name)) {
    seeds.set(capability.name, await readSeeds(capability, { whole: true }));
  }
}
if (names.length === 0) {
  console.error(`there is no capability ${options.capability}`);
  Deno.exit(2);
}
for (const [name, found] of seeds) console.log(`${name}: ${found.length} captures to mutate`);
console.log(`seed ${seed}; ${Number.isFinite(minutes) ? `${minutes} minutes` : "until Ctrl-C"}`);

const began = performance.now();
let [lives, datagrams, rows, told] = [0, 0, 0, began];
const report = (): void => {
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`${seconds} s: ${lives} lives, ${datagrams} datagrams, ${rows} rows, no failure`);
};
Deno.addSignalListener("SIGINT", () => {
  report();
  Deno.exit(0);
});

while (performance.now() - began < minutes * 60_000) {
  const capability = names[lives % names.length];
  const plan = { capability, seeds: seeds.get(capability)!, number: seed + lives, length };
  const lived = await live(plan);
  if (lived.crasher !== null) {
    Deno.mkdirSync(options.out, { recursive: true });
    const file = `${options.out}/${capability}-${plan.number}.hex`;
    Deno.writeTextFileSync(file, writeCrasher(lived.crasher));
    console.error(`${lived.crasher.failure}\nwritten to ${file}`);
    Deno.exit(1);
  }
  lives++;
  datagrams += length;
  rows += lived.rows;
  if (performance.now() - told > REPORT_MS) {
    told = performance.now();
    report();
  }
}
report();
lab.end();
