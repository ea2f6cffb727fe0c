/**
 * Measures what the monitors find: labelled captures of real attacks, and a made-up day of ordinary
 * traffic with attacks of stated sizes in it. Prints the Markdown that stands in docs/detection.md.
 *
 *     deno run --allow-read --allow-write=docs scripts/measure_detection.ts [--write]
 */
import { findAnomalies } from "../core/analysis/anomalies.ts";
import type { Finding } from "../core/monitor/finding.ts";
import { type FixtureRow, FlowFixture } from "../tests/support/flow_fixture.ts";
import { type Attack, ATTACKS } from "./detection/attacks.ts";
import { labelledCases } from "./detection/labelled_cases.ts";
import { DAY, KNOWN_SCANNER, MONITORING, OrdinaryDay } from "./detection/ordinary_day.ts";
import { TrafficLog } from "../tests/support/traffic_log.ts";
import { table } from "./markdown_table.ts";

const SEED = 20;
const MINUTE = 60_000;
/** Midnight before the day that is judged; the day before it is history. */
const MIDNIGHT = Date.UTC(2026, 0, 13);
const WINDOW_MINUTES = 15;
const DOCS = new URL("../docs/detection.md", import.meta.url);
const BLOCK = /<!-- measured -->[^]*<!-- end -->/;
/** An alarm is what somebody has to look into. */
const isAlarm = ({ severity }: Finding) => severity !== "info";

async function labelled(): Promise<string> {
  const rows: string[][] = [];
  for (const { id, what, names, rows: flows } of labelledCases()) {
    const fixture = fixtureOf(flows);
    const first = Number(flows[0].received_at);
    const last = Number(flows.at(-1)!.received_at);
    const window = { fromMs: first - 1000, toMs: last + 1000, untilNow: false };
    const { findings } = await ask(fixture, window);
    const told = findings.filter((finding) => isAlarm(finding) && namesOne(finding, names));
    const others = findings.filter((finding) => isAlarm(finding) && !namesOne(finding, names));
    rows.push([
      id,
      what,
      String(flows.length),
      told.map(({ type, confidence }) => `${type} (${confidence})`).join(", ") || "—",
      told.length === 0 ? "" : seconds(Math.min(...told.map((f) => f.told_at_ms)) - first),
      String(others.length),
    ]);
  }
  return rows.length === 0
    ? "The labelled captures do not stand beside this checkout: skipped."
    : table(
      ["capture", "what it is", "flows", "found (confidence)", "after", "false alarms"],
      rows,
    );
}

async function injected(): Promise<string> {
  const rows: string[][] = [];
  const clean = fixtureOf(dayWith([]));
  const attacked = fixtureOf(dayWith(ATTACKS.filter(({ write }) => !isSilence(write))));
  for (const attack of ATTACKS) {
    const fixture = isSilence(attack.write) ? fixtureOf(dayWith([attack])) : attacked;
    const fromMs = MIDNIGHT + attack.begins * MINUTE;
    const ends = fromMs + Math.min(attack.lasts, attack.window) * MINUTE;
    // The window that somebody asks about who asks at the end of the attack.
    const toMs = ends + (attack.lasts < 5 ? 2 : 0) * MINUTE;
    const window = { fromMs: toMs - attack.window * MINUTE, toMs, untilNow: false };
    const { findings } = await ask(fixture, window);
    const found = findings.find((finding) =>
      finding.type === attack.type && namesOne(finding, [attack.names])
    );
    rows.push([
      `\`${attack.type}\``,
      attack.size,
      found === undefined ? "no" : isAlarm(found) ? `yes, ${found.severity}` : "as a hint (info)",
      found === undefined ? "" : String(found.confidence),
      found === undefined ? "" : seconds(Math.max(0, found.told_at_ms - fromMs)),
    ]);
  }
  const alarms = await falseAlarms(clean);
  return [
    table(["attack", "size", "found", "confidence", "evidence was enough after"], rows),
    "",
    alarms,
  ].join("\n");
}

/** What is told of a day in which nothing is wrong. */
async function falseAlarms(fixture: FlowFixture): Promise<string> {
  const counts = new Map<string, { alarms: number; hints: number; windows: number }>();
  const examples: string[] = [];
  let windows = 0;
  for (let minute = 0; minute < 24 * 60; minute += WINDOW_MINUTES) {
    const fromMs = MIDNIGHT + minute * MINUTE;
    const window = { fromMs, toMs: fromMs + WINDOW_MINUTES * MINUTE, untilNow: false };
    windows++;
    for (const finding of (await ask(fixture, window)).findings) {
      const count = counts.get(finding.type) ?? { alarms: 0, hints: 0, windows: 0 };
      counts.set(finding.type, count);
      if (isAlarm(finding)) {
        count.alarms++;
        examples.push(`${minute / 60} h ${finding.type}: ${finding.summary}`);
      } else count.hints++;
    }
  }
  if (Deno.args.includes("--verbose")) console.error(examples.join("\n"));
  const rows = [...counts].map(([type, { alarms, hints }]) => [
    `\`${type}\``,
    String(alarms),
    String(hints),
  ]);
  return [
    `The same day without attacks, asked about in ${windows} windows of ${WINDOW_MINUTES} minutes:`,
    "",
    table(["type", "false alarms", "hints (info)"], rows),
  ].join("\n");
}

function isSilence(write: Attack["write"]): boolean {
  return ATTACKS.some((attack) => attack.write === write && attack.begins === 892);
}

function dayWith(attacks: readonly Attack[]): FixtureRow[] {
  const log = new TrafficLog();
  const day = new OrdinaryDay(log, { seed: SEED });
  day.write(MIDNIGHT - DAY);
  day.write(MIDNIGHT);
  for (const { write, begins } of attacks) write(log, MIDNIGHT + begins * MINUTE);
  return log.rows;
}

function fixtureOf(rows: readonly FixtureRow[]): FlowFixture {
  const fixture = new FlowFixture({ capacity: 1 << Math.ceil(Math.log2(rows.length + 1024)) });
  fixture.add(...[]);
  for (const row of [...rows].sort((a, b) => Number(a.received_at) - Number(b.received_at))) {
    fixture.add(row);
  }
  return fixture;
}

function ask(fixture: FlowFixture, window: { fromMs: number; toMs: number; untilNow: boolean }) {
  return findAnomalies([fixture.source], {
    window,
    types: [],
    filter: "",
    limit: 500,
    known_scanners: [KNOWN_SCANNER, MONITORING],
  });
}

function namesOne({ subject }: Finding, names: readonly string[]): boolean {
  return names.some((name) => name === "" || subject.hosts.includes(name));
}

function seconds(ms: number): string {
  return ms < 100_000 ? `${Math.round(ms / 100) / 10} s` : `${Math.round(ms / 6000) / 10} min`;
}

if (import.meta.main) {
  const date = new Date().toISOString().slice(0, 10);
  const text = [
    `Measured on ${date} with seed ${SEED} by \`scripts/measure_detection.ts\`.`,
    "",
    "### Labelled captures of real attacks",
    "",
    await labelled(),
    "",
    "### A made-up day with attacks in it",
    "",
    await injected(),
  ].join("\n");
  if (Deno.args.includes("--write")) {
    const docs = Deno.readTextFileSync(DOCS);
    Deno.writeTextFileSync(
      DOCS,
      docs.replace(BLOCK, () => `<!-- measured -->\n\n${text}\n\n<!-- end -->`),
    );
  } else console.log(text);
}
