/**
 * What flows and their sums take of `history.db` at sites of several sizes: `deno task bench:room`
 * plays some hours of each (scripts/detection has them), seals and sums them as `serve` does, and says
 * what a day, ninety days of minutes and two years of hours come to.
 */
import { DatabaseSync } from "node:sqlite";
import { CampusEdge } from "../detection/campus_edge.ts";
import { DataCentre } from "../detection/data_centre.ts";
import { Office } from "../detection/office.ts";
import type { Site } from "../detection/site.ts";
import { ServiceNames } from "../../core/names/service_names.ts";
import type { FixtureRow } from "../../tests/support/flow_fixture.ts";
import { SealedRings } from "../../tests/support/sealed_rings.ts";
import { TrafficLog } from "../../tests/support/traffic_log.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = Date.UTC(2025, 2, 4);
const CAPACITY = 1 << 18;

/** Sites, and the hours of a day that are played: of most the busiest, so that less is taken. */
const SITES: readonly [name: string, site: Site, hours: readonly [number, number]][] = [
  ["office of 40, a whole day", new Office({ seed: 1, clients: 40 }), [0, 24]],
  ["office of 200", new Office({ seed: 1, clients: 200 }), [9, 15]],
  ["office of 2,000", new Office({ seed: 1, clients: 2000 }), [11, 13]],
  ["data centre of 40 nodes", new DataCentre({ seed: 1 }), [9, 12]],
  ["campus edge, 8 a second", new CampusEdge({ seed: 1, perSecond: 8 }), [11, 14]],
  ["campus edge, 100 a second", new CampusEdge({ seed: 1, perSecond: 100 }), [11, 13]],
];

for (const [name, site, [from, to]] of SITES) {
  measure(name, site, [DAY + from * HOUR, DAY + to * HOUR]);
}

function measure(name: string, site: Site, [fromMs, toMs]: readonly [number, number]): void {
  const rings = new SealedRings([{ epoch: fromMs }], {
    nowMs: fromMs,
    capacity: CAPACITY,
    namedPorts: new ServiceNames().namedPorts,
  });
  const log = new TrafficLog();
  let waiting: FixtureRow[] = [];
  let flows = 0;
  for (let at = fromMs; at < toMs + 4 * MINUTE; at += MINUTE) {
    if (at < toMs) site.minute(log, at);
    const arrived = (row: FixtureRow) => Number(row.received_at) < at + MINUTE;
    waiting.push(...log.rows);
    log.rows.length = 0;
    const due = waiting.filter((row) => arrived(row) && Number(row.received_at) < toMs)
      .sort((a, b) => Number(a.received_at) - Number(b.received_at));
    waiting = waiting.filter((row) => !arrived(row));
    flows += due.length;
    rings.add(0, due);
    rings.clock.step(MINUTE);
    rings.work({ all: at % (10 * MINUTE) === 0 });
  }
  rings.forget();
  const database = new DatabaseSync(`${rings.folder}/history.db`, { readOnly: true });
  const octets = (sql: string) => database.prepare(sql).get()!.octets as number;
  const pages = "page_count * page_size AS octets FROM pragma_page_count, pragma_page_size";
  const segments = octets("SELECT total(octets) AS octets FROM segment");
  const minutes = octets("SELECT total(octets) AS octets FROM packed") +
    octets("SELECT total(octets) AS octets FROM rollup WHERE tier = 60");
  const hours = octets("SELECT total(octets) AS octets FROM rollup WHERE tier = 3600");
  // What SQLite adds falls on all alike.
  const part = octets(`SELECT ${pages}`) / (segments + minutes + hours);
  database.close();
  rings.close();
  const perDay = part * 24 * HOUR / (toMs - fromMs);
  const mib = (value: number) => (value / 2 ** 20).toFixed(value < 10 * 2 ** 20 ? 1 : 0);
  console.log(
    `${name}: ${Math.round(flows * 1000 / (toMs - fromMs))} flows/s; flows ${
      mib(segments * perDay)
    } MiB a day, minutes ${mib(minutes * perDay)}, hours ${
      mib(hours * perDay)
    }; 90 days of minutes ${mib(90 * minutes * perDay)} MiB, two years of hours ${
      mib(730 * hours * perDay)
    } MiB; in the file ${part.toFixed(2)} times as much as this says without SQLite`,
  );
}
