import type { DatabaseSync } from "node:sqlite";
import assert from "node:assert/strict";
import { History } from "../../core/history/history.ts";
import type { HistoryPolicy } from "../../core/history/history_policy.ts";
import { openHistory } from "../../core/history/history_database.ts";
import { HistoryStore } from "../../core/history/history_store.ts";
import { SUM } from "../../core/history/key_sums.ts";
import { emptyBucket } from "../../core/history/minute_sums.ts";
import { RollupCodec } from "../../core/history/rollup_codec.ts";
import { FakeClock } from "./fake_clock.ts";
import { FlowFixture } from "./flow_fixture.ts";
import { allBytes, numberedRows } from "./history_rows.ts";

const DAY_MS = 86_400_000;
const CAPACITY = 8192;

/** History of one ring of 8192 rows (blocks of 2048), and what was heard of it. */
export class HistoryHouse {
  readonly clock = new FakeClock();
  readonly fixture = new FlowFixture({ capacity: CAPACITY });
  readonly pauses: (string | null)[] = [];
  readonly notices: string[] = [];
  readonly folder: string;
  readonly history: History;
  readonly #epoch: number;
  #rows = 0;

  /**
   * @param folder of history.db
   * @param options `open` in the place of what opens it, `epoch` of the ring, and what is kept
   */
  constructor(
    folder: string,
    { open, epoch = 7, ...policy }: Partial<HistoryPolicy> & {
      open?: () => DatabaseSync;
      epoch?: number;
    } = {},
  ) {
    this.folder = folder;
    this.#epoch = epoch;
    this.history = new History({
      folder,
      keepMs: 7 * DAY_MS,
      keepMinutesMs: 90 * DAY_MS,
      keepHoursMs: 730 * DAY_MS,
      namedPorts: new Uint8Array(65_536),
      maxOctets: 2 ** 31,
      ...policy,
      open,
      clock: this.clock,
      seed: 1,
      onPause: (reason) => this.pauses.push(reason),
      onNotice: (message) => this.notices.push(message),
    });
    this.follow();
  }

  follow(history = this.history): void {
    const { ring, dictionary } = this.fixture.source;
    history.follow({ capability: "json_udp", port: 6343, epoch: this.#epoch, ring, dictionary });
  }

  add(count: number): void {
    const fromMs = this.clock.now();
    this.fixture.add(...numberedRows(count, { first: this.#rows, fromMs }));
    this.#rows += count;
  }

  work(turns = 20): void {
    for (let turn = 0; turn < turns && this.history.work(); turn++);
  }

  /** Opens what history left behind. */
  kept(): number[] {
    const store = new HistoryStore(openHistory(this.folder));
    const bytes = allBytes(store);
    store.close();
    return bytes;
  }
}

/** Flows in the sums by minute, by exporter. */
export function summedFlows(folder: string): number {
  const store = new HistoryStore(openHistory(folder));
  const sums = emptyBucket();
  const codec = new RollupCodec({ seed: 1 });
  const all = { fromMs: 0, toMs: 1e15 };
  for (const minutes of [store.rollups.read(60, all), store.rollups.readPacked(all)]) {
    for (const { directory, pages } of minutes) {
      assert.equal(codec.addTo(directory, pages, sums), null);
    }
  }
  store.close();
  return sums.exporter.top(1)[0].sums[SUM.flows];
}
