import assert from "node:assert/strict";
import { HistoryHouse, summedFlows } from "../../tests/support/history_house.ts";
import { range } from "../../tests/support/history_rows.ts";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";

const DAY_MS = 86_400_000;

Deno.test("flows that are too old go", () => {
  using temporary = temporaryFolder();
  const house = new HistoryHouse(temporary.path, { keepMs: DAY_MS });
  house.add(2048);
  house.work();
  house.clock.advance(DAY_MS / 2);
  house.add(2048);
  house.work();
  assert.equal(house.history.status().rows, 4096);
  house.clock.advance(DAY_MS / 2 + 10_000);
  house.work();
  house.history.close();
  assert.deepEqual(house.kept(), range(2048, 4096));
});

Deno.test("a clock that jumps ahead takes no flows along, nor one over a restart", () => {
  using temporary = temporaryFolder();
  const house = new HistoryHouse(temporary.path, { keepMs: 7 * DAY_MS });
  house.add(2048);
  house.work();
  house.clock.step(365 * DAY_MS);
  house.work();
  house.add(2048);
  for (let minute = 0; minute < 60; minute++) {
    house.clock.advance(60_000);
    house.work();
  }
  assert.equal(house.history.status().rows, 4096);
  assert.equal(house.history.status().leapMs, 365 * DAY_MS);
  assert.equal(house.notices.length, 1);
  assert.match(house.notices[0], /^the clock went ahead by 365\.0 days/);
  house.history.close();
  const next = new HistoryHouse(temporary.path, { epoch: 8, keepMs: 7 * DAY_MS });
  next.clock.step(365 * DAY_MS + 3_700_000);
  next.work();
  assert.equal(next.history.status().rows, 4096, "a restart believes it no sooner");
  next.history.close();
  assert.equal(summedFlows(temporary.path), 4096, "nor did sums go");
  const mended = new HistoryHouse(temporary.path, { epoch: 9, keepMs: 7 * DAY_MS });
  mended.clock.advance(3 * 3_600_000);
  mended.work();
  assert.equal(mended.history.status().rows, 4096);
  for (let day = 0; day < 8; day++) {
    mended.clock.advance(DAY_MS);
    mended.work();
  }
  assert.equal(mended.history.status().leapMs, 0);
  // What arrived while the clock was wrong is of a year to come.
  assert.equal(mended.history.status().rows, 2048);
  mended.history.close();
});

Deno.test("after a long downtime flows go for their age a day later", () => {
  using temporary = temporaryFolder();
  const house = new HistoryHouse(temporary.path, { keepMs: 7 * DAY_MS });
  house.add(2048);
  house.work();
  house.history.close();
  const next = new HistoryHouse(temporary.path, { epoch: 8, keepMs: 7 * DAY_MS });
  next.clock.step(30 * DAY_MS);
  next.add(100);
  next.work();
  assert.equal(next.history.status().rows, 2048);
  for (let hour = 0; hour <= 24; hour++) {
    next.clock.advance(3_600_000);
    next.work();
  }
  assert.equal(next.history.status().rows, 100);
  next.history.close();
});

Deno.test("each downtime counts after a day of running, also where that goes over the next", () => {
  using temporary = temporaryFolder();
  const keepMs = 7 * DAY_MS;
  const run = (house: HistoryHouse, hours: number) => {
    for (let hour = 0; hour < hours; hour++) {
      house.clock.advance(3_600_000);
      house.work();
    }
    return house.history.status().rows;
  };
  const first = new HistoryHouse(temporary.path, { keepMs });
  first.add(2048);
  first.work();
  first.history.close();
  const second = new HistoryHouse(temporary.path, { epoch: 8, keepMs });
  second.clock.step(30 * DAY_MS);
  second.add(100);
  second.work();
  assert.equal(run(second, 20), 2148);
  second.history.close();
  const third = new HistoryHouse(temporary.path, { epoch: 9, keepMs });
  third.clock.step(60 * DAY_MS);
  third.add(10);
  third.work();
  assert.equal(run(third, 3), 2158);
  assert.equal(run(third, 2), 110, "the first has stood for a day");
  assert.equal(run(third, 18), 110);
  assert.equal(run(third, 2), 10, "and the second");
  assert.equal(third.history.status().leapMs, 0);
  third.history.close();
});
