import assert from "node:assert/strict";
import { CaptureLog } from "../../tests/support/capture_log.ts";
import { FlowFixture } from "../../tests/support/flow_fixture.ts";
import { allBytes, numberedRows } from "../../tests/support/history_rows.ts";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { until } from "../../tests/support/until.ts";
import { systemClock } from "../flow/clock.ts";
import { HistoryClient } from "./history_client.ts";
import { openHistory } from "./history_database.ts";
import { HistoryStore } from "./history_store.ts";

const WORKER = new URL("./worker.ts", import.meta.url);
const MORTAL = new URL("../../tests/support/mortal_history_worker.ts", import.meta.url);
const DAY_MS = 86_400_000;

function clientOf(folder: string, workerUrl: URL, log: CaptureLog): HistoryClient {
  return new HistoryClient({
    policy: {
      folder,
      keepMs: 7 * DAY_MS,
      keepMinutesMs: 90 * DAY_MS,
      keepHoursMs: 730 * DAY_MS,
      maxOctets: 2 ** 30,
      namedPorts: new Uint8Array(65_536),
    },
    workerUrl,
    clock: systemClock,
    log: log.logger,
  });
}

function kept(folder: string): number[] {
  const store = new HistoryStore(openHistory(folder));
  const bytes = allBytes(store);
  store.close();
  return bytes;
}

Deno.test("close() writes what is in the rings, and ends the worker", async () => {
  using temporary = temporaryFolder();
  const fixture = new FlowFixture({ capacity: 8192 });
  const log = new CaptureLog();
  const client = clientOf(temporary.path, WORKER, log);
  client.follow(fixture.memory);
  await until("the worker", () => client.status.octets > 0 || undefined);
  fixture.add(...numberedRows(2500, { fromMs: Date.now() }));
  await client.close();
  assert.deepEqual(log.at("warning"), []);
  assert.deepEqual(kept(temporary.path), Array.from({ length: 2500 }, (_, i) => i));
  assert.equal(client.status.rows, 2500);
  assert.equal(client.status.folder, temporary.path);
  await client.close();
});

Deno.test("a worker that died is replaced, and goes on behind what was written", async () => {
  using temporary = temporaryFolder();
  const log = new CaptureLog();
  const fixture = new FlowFixture({ capacity: 8192 });
  const client = clientOf(temporary.path, MORTAL, log);
  client.follow(fixture.memory);
  fixture.add(...numberedRows(2500, { fromMs: Date.now() }));
  await until("the death", () => client.status.lastError ?? undefined);
  assert.match(client.status.lastError!, /the history worker died .*staged/);
  fixture.add(...numberedRows(1000, { first: 2500, fromMs: Date.now() }));
  // The block that the first has written, and the one that the second has.
  await until("the second worker", () => client.status.rows > 0 || undefined);
  await client.close();
  assert.match(client.status.lastError!, /staged/);
  assert.deepEqual(kept(temporary.path), Array.from({ length: 3500 }, (_, i) => i));
});

Deno.test("history is said to be kept when its file is open, and not before", async () => {
  using temporary = temporaryFolder();
  const log = new CaptureLog();
  const other = openHistory(temporary.path);
  const locked = clientOf(temporary.path, WORKER, log);
  assert.deepEqual([locked.status.folder, locked.status.open], [temporary.path, false]);
  await until("the worker", () => locked.status.paused ?? undefined);
  assert.equal(locked.status.open, false);
  assert.deepEqual(log.lines.map(({ text }) => text), ["history is not written"]);
  await locked.close();
  other.close();
  const client = clientOf(temporary.path, WORKER, log);
  const kept = () => log.lines.filter(({ text }) => text === "history is kept");
  await until("the file", () => client.status.open || undefined);
  assert.deepEqual(kept().map(({ properties }) => properties), [{ folder: temporary.path }]);
  await client.close();
  assert.equal(kept().length, 1);
});

Deno.test("flows that are in memory alone when history ends are counted in the log", async () => {
  using temporary = temporaryFolder();
  const log = new CaptureLog();
  const other = openHistory(temporary.path);
  const fixture = new FlowFixture({ capacity: 8192 });
  const client = clientOf(temporary.path, WORKER, log);
  client.follow(fixture.memory);
  await until("the worker", () => client.status.paused ?? undefined);
  fixture.add(...numberedRows(2500, { fromMs: Date.now() }));
  await client.close();
  other.close();
  const { text, properties } = log.at("warning").at(-1)!;
  assert.match(text, /flows are lost/);
  assert.deepEqual([properties.flow_records, properties.left_out_before], [2500, 0]);
  assert.match(String(properties.reason), /another process has/);
  assert.equal(client.status.waitingRows, 2500);
});
