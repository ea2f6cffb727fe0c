import { type AnomalyQuestion, findAnomalies } from "../../core/analysis/anomalies.ts";
import type { Finding } from "../../core/monitor/finding.ts";
import { type ExpectedHost, NO_NAME_DATA } from "../../core/names/name_data.ts";
import { NameDirectory } from "../../core/names/name_directory.ts";
import { seededRandom } from "../../core/wire/encode/seeded_random.ts";
import { FlowFixture } from "./flow_fixture.ts";
import { type Exchange, TrafficLog } from "./traffic_log.ts";

const MINUTE = 60_000;
/** When the window begins that is looked at, Unix milliseconds. */
export const ANOMALIES_AT = Date.UTC(2026, 0, 13, 12);
/** Fifteen minutes, and an hour before them. */
export const ANOMALY_WINDOW = {
  fromMs: ANOMALIES_AT,
  toMs: ANOMALIES_AT + 15 * MINUTE,
  untilNow: false,
};

/** An hour and a quarter of thirty hosts that browse. */
export function ordinary(): TrafficLog {
  const log = new TrafficLog();
  const random = seededRandom(5);
  for (let at = ANOMALIES_AT - 61 * MINUTE; at < ANOMALY_WINDOW.toMs; at += 12_000) {
    for (let i = 0; i < 4; i++) {
      const n = Math.floor(random() * 30);
      const site = Math.floor(random() * 20);
      log.add({
        at: at + random() * 12_000,
        lasts: 3000,
        from: `10.0.1.${n + 1}`,
        to: `198.51.100.${site + 1}`,
        sport: 20_000 + Math.floor(random() * 30_000),
        dport: 443,
        out: 2000,
        back: 100_000 + random() * 100_000,
      });
    }
  }
  // Servers that are heard of now and then.
  for (let n = 5; n < 130; n++) {
    log.add({
      at: ANOMALIES_AT - 50 * MINUTE + n * 1000,
      from: "10.0.1.1",
      to: `10.0.0.${n}`,
      sport: 20_000 + n,
      dport: 443,
      out: 500,
      back: 500,
    });
  }
  return log;
}

/** One exchange of a day before: the same time of that day is held then. */
export function dayBefore(log: TrafficLog): void {
  log.add({
    at: ANOMALIES_AT - 24 * 60 * MINUTE,
    from: "10.0.1.1",
    to: "10.0.0.5",
    sport: 20_000,
    dport: 443,
    out: 500,
    back: 500,
  });
}

/** So many exchanges, `everyMs` apart, from one minute into the window on. */
export function series(
  count: number,
  everyMs: number,
  of: (n: number) => Omit<Exchange, "at" | "out" | "back"> & { out?: number; back?: number },
): (log: TrafficLog) => void {
  return (log) => {
    for (let n = 0; n < count; n++) {
      log.add({ at: ANOMALIES_AT + MINUTE + n * everyMs, out: 44, back: 0, ...of(n) });
    }
  };
}

/** Looks for anomalies in what a log holds. */
export async function look(
  log: TrafficLog,
  question: Partial<AnomalyQuestion> = {},
  expected: readonly ExpectedHost[] = [],
): Promise<{ findings: Finding[]; notes: string[]; omitted: number }> {
  const fixture = new FlowFixture({ capacity: 65_536 });
  fixture.add(
    ...log.rows.sort((a, b) => Number(a.received_at) - Number(b.received_at)),
  );
  return await findAnomalies([fixture.source], {
    window: ANOMALY_WINDOW,
    types: [],
    filter: "",
    limit: 100,
    ...question,
  }, { directory: new NameDirectory({ ...NO_NAME_DATA, expected }) });
}
