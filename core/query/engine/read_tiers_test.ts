import assert from "node:assert/strict";
import type { SumsRead } from "../sums/fold_sums.ts";
import type { TierPart } from "../sums/traffic_sums.ts";
import { emptyReport } from "../scan.ts";
import { StorageError } from "../../storage/storage_error.ts";
import { readTiers } from "./read_tiers.ts";

const MINUTE = 60_000;
const PARTS: readonly TierPart[] = [
  { tier: "minutes", fromMs: 0, toMs: 10 * MINUTE },
  { tier: "flows", fromMs: 10 * MINUTE, toMs: 12 * MINUTE },
];
const TIERS = {
  parts: PARTS,
  dimension: "exporter",
  sums: { fromMs: 0, toMs: 10 * MINUTE },
  gone: false,
  untold: null,
  notes: [],
  advice: [],
} as const;
const WINDOW = { fromMs: 0, toMs: 12 * MINUTE, untilNow: false };

/** Reads both parts; `sums` is what the first came to. */
async function read(sums: Partial<SumsRead>) {
  let flows = 0;
  const { scan } = await readTiers(TIERS, WINDOW, {
    sums: () =>
      Promise.resolve({
        rows: 7,
        damaged: 0,
        rest: { values: 0, flows: 0, bytes: 0, packets: 0 },
        unsummed: [],
        stoppedAt: null,
        ...sums,
      }),
    flows: (window) => {
      flows++;
      return Promise.resolve({ ...emptyReport(window), rows_scanned: 5 });
    },
    lives: () => {},
  });
  return { scan, flows };
}

Deno.test("readTiers() that sums were enough for says up to when it read, and reads no flows", async () => {
  const { scan, flows } = await read({ stoppedAt: 4 * MINUTE });
  assert.deepEqual(scan.tiers, [{ tier: "minutes", from: 0, to: 4 * MINUTE, rows: 7 }]);
  assert.deepEqual([scan.stopped_at, flows], [4 * MINUTE, 0]);
});

Deno.test("readTiers() reads every part where nothing stops it", async () => {
  const { scan, flows } = await read({});
  assert.deepEqual(scan.tiers.map(({ tier, to }) => [tier, to]), [
    ["minutes", 10 * MINUTE],
    ["flows", 12 * MINUTE],
  ]);
  assert.deepEqual([scan.stopped_at, flows, scan.rows_scanned], [null, 1, 5]);
});

Deno.test("readTiers() counts every time of unsummed rows, also such as begin together", async () => {
  const unsummed = [
    { fromMs: MINUTE, toMs: 2 * MINUTE, rows: 3 },
    { fromMs: MINUTE, toMs: 5 * MINUTE, rows: 4 },
  ];
  assert.equal((await read({ unsummed })).scan.rows_missed, 7);
});

Deno.test("readTiers() answers all the same where history cannot be read, and says so", async () => {
  const fail = () => {
    throw new StorageError("history.db was moved");
  };
  const { scan } = await readTiers(TIERS, WINDOW, {
    sums: () => Promise.reject(new StorageError("history.db was moved")),
    flows: (window) => Promise.resolve({ ...emptyReport(window), rows_scanned: 5 }),
    lives: fail,
  });
  assert.equal(scan.rows_scanned, 5);
  const [sums, lives] = scan.notes;
  assert.match(sums, /^Sums could not be read \(history\.db was moved\)/);
  assert.match(lives, /^When flows were collected could not be read \(history\.db was moved\)/);
});

Deno.test("readTiers() is ended by what is no fault of what is kept", async () => {
  await assert.rejects(
    readTiers(TIERS, WINDOW, {
      sums: () => Promise.reject(new Error("cancelled")),
      flows: (window) => Promise.resolve(emptyReport(window)),
      lives: () => {},
    }),
    /cancelled/,
  );
});
