import { systemClock } from "../../core/flow/clock.ts";
import { History } from "../../core/history/history.ts";
import { FlowFixture } from "./flow_fixture.ts";
import { numberedRows } from "./history_rows.ts";

/**
 * A process that is to be killed: writes flows to history.db as fast as it can, and says on standard
 * output how many of them it has written. Its arguments: the folder, the first number, the epoch.
 */
const [folder, first, epoch] = [Deno.args[0], Number(Deno.args[1]), Number(Deno.args[2])];
const fixture = new FlowFixture({ capacity: 2048 });
const { ring, dictionary } = fixture.source;
const history = new History({
  folder,
  keepMs: 1e12,
  keepMinutesMs: 1e12,
  keepHoursMs: 1e12,
  namedPorts: new Uint8Array(65_536),
  maxOctets: 1e9,
  clock: systemClock,
  seed: 3,
  onPause: (reason) => console.log(`paused ${reason}`),
});
history.follow({ capability: "json_udp", port: 1, epoch, ring, dictionary });
// Rows enough for a minute: whoever started it ends it long before.
for (let turn = 0; turn < 20_000; turn++) {
  fixture.add(...numberedRows(100, { first: first + 100 * turn, fromMs: Date.now() }));
  // Some of what is written grows, some is written once.
  while (history.work({ all: turn % 3 === 0 }));
  console.log(first + history.status().sealedRows);
}
