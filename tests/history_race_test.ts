import assert from "node:assert/strict";
import { HistoryArchive } from "../core/history/history_archive.ts";
import type { HistoryStatus } from "../core/history/history_status.ts";
import type { HistoryMessage, HistoryReply } from "../core/history/messages.ts";
import { NameDirectory } from "../core/names/name_directory.ts";
import { flowQuery } from "../core/query/engine/flow_query.ts";
import { QueryEngine } from "../core/query/engine/run_query.ts";
import { type FoundFlows, searchFlows } from "../core/query/search_flows.ts";
import type { SearchPlace } from "../core/query/search_place.ts";
import { FlowFixture } from "./support/flow_fixture.ts";
import type { SteadyStart } from "./support/steady_writer.ts";
import { temporaryFolder } from "./support/temporary_folder.ts";
import { until } from "./support/until.ts";

const ROWS = 400_000;
/** It goes round a dozen times. */
const CAPACITY = 32_768;
const ALL = { fromMs: 0, toMs: 1e9, untilNow: true };

/** The history worker as main has it. */
class HistoryWorker implements Disposable {
  status: HistoryStatus | null = null;
  closed = false;
  readonly #worker: Worker;

  constructor(folder: string) {
    this.#worker = new Worker(new URL("../core/history/worker.ts", import.meta.url), {
      type: "module",
      deno: { permissions: { read: [folder], write: [folder] } },
    });
    this.#worker.onmessage = ({ data }: MessageEvent<HistoryReply>) => {
      if (data.type === "paused") throw new Error(`history paused: ${data.reason}`);
      if (data.type === "notice") throw new Error(data.message);
      this.status = data.status;
      this.closed = data.type === "closed";
    };
    const policy = {
      folder,
      keepMs: 1e15,
      keepMinutesMs: 1e15,
      keepHoursMs: 1e15,
      namedPorts: new Uint8Array(65_536),
      maxOctets: 2 ** 31,
    };
    this.send({ type: "start", policy });
  }

  send(message: HistoryMessage): void {
    this.#worker.postMessage(message);
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}

/** A thread that writes rows; resolves when it has written all. */
async function write(start: SteadyStart): Promise<void> {
  const worker = new Worker(new URL("./support/steady_writer.ts", import.meta.url), {
    type: "module",
    deno: { permissions: "none" },
  });
  await new Promise<void>((resolve) => {
    worker.onmessage = ({ data }) => data === "ready" ? worker.postMessage(start) : resolve();
  });
  worker.terminate();
}

Deno.test("while rings lap and blocks are sealed a query counts every row once", async () => {
  using temporary = temporaryFolder();
  using history = new HistoryWorker(temporary.path);
  const { source, memory } = new FlowFixture({ capacity: CAPACITY, epoch: 7 });
  const { ring } = source;
  history.send({ type: "follow", memory });
  await until("history to run", () => history.status ?? undefined);
  const archive = new HistoryArchive(temporary.path);
  const engine = new QueryEngine();
  const { services: names } = new NameDirectory();
  const query = flowQuery({ window: ALL, metrics: ["bytes", "flows"] });
  let asked = 0;
  const run = async (): Promise<{ rows: number; missed: number }> => {
    const before = ring.committed;
    // As the query worker asks, and as whoever holds no moment does.
    using held = asked++ % 2 === 0 ? archive.hold() : null;
    const from = { names, archive: held ?? archive };
    const { totals, scan } = await engine.run([source], query, from);
    const { bytes, flows } = totals.metrics;
    assert.deepEqual([scan.notes, scan.window_overwritten], [[], false]);
    // Sums answer for blocks that history left out.
    if (scan.tiers.length === 0) assert.equal(flows ?? 0, scan.rows_scanned);
    const rows = Number(flows ?? 0) + scan.rows_missed;
    assert(rows >= before && rows <= ring.committed, `${rows} of ${before}`);
    // Rows are numbered: were one counted twice and another not at all, this would tell.
    if (scan.rows_missed === 0) assert.equal(bytes ?? 0, rows * Math.max(0, rows - 1) / 2);
    return { rows, missed: scan.rows_missed };
  };
  const pages = async (): Promise<void> => {
    let before: SearchPlace | null = null;
    let next: number | null = null;
    for (let page = 0; page < 4; page++) {
      const search = { window: ALL, filter: "", limit: 40, before };
      const found: FoundFlows = await searchFlows([source], search, { archive });
      for (const { bytes } of found.records) {
        if (next !== null) assert.equal(bytes, next);
        next = bytes! - 1;
      }
      before = found.before;
      if (before === null) break;
    }
  };
  let written = false;
  const writing = write({ ring: memory.ring, rows: ROWS, batch: 500, pauseMs: 2 })
    .then(() => written = true);
  let whole = 0;
  while (!written) {
    if ((await run()).missed === 0) whole++;
    await pages();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await writing;
  history.send({ type: "close" });
  await until("history to be closed", () => history.closed ? true : undefined);
  const { rows, missed } = await run();
  assert.equal(rows, ROWS);
  assert.equal(missed, history.status!.unsummedRows);
  assert(whole > 3, `only ${whole} queries were whole`);
  // The same from disk alone.
  const { totals } = await engine.run([], query, { names, archive });
  assert.equal(totals.metrics.flows, ROWS - missed);
  archive.close();
});
