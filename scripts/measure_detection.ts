/**
 * Measures what the monitors find: labelled captures of real attacks, captures in which nothing is
 * wrong, and made-up sites of several kinds with attacks of stated sizes. Prints the Markdown that
 * stands in docs/detection.md.
 *
 *     deno run --allow-read --allow-write=docs scripts/measure_detection.ts [--write] [--verbose]
 *       [--only NAME]
 */
import { parseArgs } from "node:util";
import { findAnomalies } from "../core/analysis/anomalies.ts";
import type { Finding } from "../core/monitor/finding.ts";
import { ANOMALY_TYPES } from "../core/monitor/finding.ts";
import { type ExpectedHost, NO_NAME_DATA } from "../core/names/name_data.ts";
import { NameDirectory } from "../core/names/name_directory.ts";
import type { FlowSource } from "../core/query/flow_source.ts";
import type { TimeWindow } from "../core/query/scan.ts";
import { seededRandom } from "../core/wire/encode/seeded_random.ts";
import type { FixtureRow } from "../tests/support/flow_fixture.ts";
import { TrafficLog } from "../tests/support/traffic_log.ts";
import type { Attack } from "./detection/attacks.ts";
import { benignCases } from "./detection/benign_cases.ts";
import { labelledCases } from "./detection/labelled_cases.ts";
import { type Profile, PROFILES } from "./detection/profiles.ts";
import { playScene, ringOf, type Scene } from "./detection/scene.ts";
import type { Ground } from "./detection/site.ts";
import { table } from "./markdown_table.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Midnight before the day that is judged. */
const MIDNIGHT = Date.UTC(2026, 0, 13);
const WINDOW_MINUTES = 15;
const DOCS = new URL("../docs/detection.md", import.meta.url);
const BLOCK = /<!-- measured -->[^]*<!-- end -->/;
const { values: OPTIONS } = parseArgs({
  options: {
    write: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
    only: { type: "string", default: "" },
  },
});
/** An alarm is what somebody has to look into. */
const isAlarm = ({ severity }: Finding) => severity !== "info";

/** What was found at a profile. */
interface Result {
  readonly profile: Profile;
  /** By attack: how often it was found as an alarm, as a hint, and how often it was tried. */
  readonly attacks: Map<string, Tally>;
  windows: number;
  /** Of quiet windows: alarms and hints by type. */
  readonly alarms: Map<string, number>;
  readonly hints: Map<string, number>;
}

interface Tally {
  found: number;
  hints: number;
  tries: number;
  /** Tries of which no exporter saw anything. */
  unseen: number;
  confidence: number;
  slowestMs: number;
}

async function labelled(): Promise<string> {
  const rows: string[][] = [];
  for (const { id, what, names, rows: flows } of labelledCases()) {
    const source = ringOf(flows);
    const first = Number(flows[0].received_at);
    const last = Number(flows.at(-1)!.received_at);
    const window = { fromMs: first - 1000, toMs: last + 1000, untilNow: false };
    const findings = await ask([source], window);
    const right = findings.filter((finding) => namesOne(finding, names));
    const told = right.filter(isAlarm);
    const others = findings.filter((finding) => isAlarm(finding) && !namesOne(finding, names));
    const best = told.length > 0 ? told : right.slice(0, 2);
    verbose(id, findings);
    rows.push([
      id,
      what,
      String(flows.length),
      best.map((f) => `${f.type} (${f.confidence}${isAlarm(f) ? "" : ", a hint"})`).join(", ") ||
      "—",
      best.length === 0 ? "" : seconds(Math.min(...best.map((f) => f.told_at_ms)) - first),
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

/** Captures of exporters in which nothing is labelled an attack. */
async function benign(): Promise<string> {
  const cases = benignCases();
  if (cases.length === 0) return "The captures do not stand beside this checkout: skipped.";
  let flows = 0;
  const alarms: string[] = [];
  for (const { id, rows } of cases) {
    const source = ringOf(rows);
    flows += rows.length;
    const window = {
      fromMs: Number(rows[0].received_at) - 1000,
      toMs: Number(rows.at(-1)!.received_at) + 1000,
      untilNow: false,
    };
    const findings = await ask([source], window);
    verbose(id, findings);
    alarms.push(...findings.filter(isAlarm).map(({ summary }) => `${id}: ${summary}`));
  }
  return `${cases.length} captures with ${flows} flows, in which nothing is labelled an attack: ` +
    `${alarms.length} alarms.${alarms.map((alarm) => `\n- ${alarm}`).join("")}`;
}

async function measure(profile: Profile): Promise<Result> {
  const result: Result = {
    profile,
    attacks: new Map(),
    windows: 0,
    alarms: new Map(),
    hints: new Map(),
  };
  for (const seed of profile.seeds) {
    const [fromMs, toMs] = profile.hours.map((hour) => MIDNIGHT + hour * HOUR);
    const { observed } = profile;
    const scene = playScene(profile.site(seed), { fromMs, toMs, observed });
    console.error(`${profile.name}, seed ${seed}: ${scene.rows} flows`);
    await quiet(scene, result);
    const random = seededRandom(seed * 1000);
    for (const attack of profile.attacks) {
      // Anywhere behind the time that is only compared with, on a minute of its own.
      const first = Math.max(fromMs + HOUR, MIDNIGHT);
      const room = toMs - first - Math.max(attack.window, Math.min(attack.lasts, 120) + 3) * MINUTE;
      const at = first + Math.floor(random() * room / MINUTE) * MINUTE;
      const flows = attack.write === null ? null : flowsOf(scene, attack, at);
      const sources = flows === null
        ? silenced(scene, { attack, at, seed, profile })
        : [...scene.sources, ringOf(flows)];
      await one({ scene, sources, attack, at, unseen: flows?.length === 0, result });
    }
  }
  return result;
}

/** The flows of an attack, as the site's exporters see it. */
function flowsOf({ site, observed, toMs }: Scene, { write }: Attack, at: number): FixtureRow[] {
  const log = new TrafficLog();
  write!(log, at, site.ground);
  const random = seededRandom(at / MINUTE);
  return log.rows.flatMap((row) => {
    const own = { ...row, exporter: site.ground.exporters[0] };
    return Number(row.received_at) < toMs ? observed(own, random) : [];
  });
}

/** The scene once more, without what the second exporter sends for a while. */
function silenced(
  { fromMs, toMs, observed }: Scene,
  { attack, at, seed, profile }: { attack: Attack; at: number; seed: number; profile: Profile },
): readonly FlowSource[] {
  const site = profile.site(seed);
  const [, silent] = site.ground.exporters;
  const ends = at + attack.lasts * MINUTE;
  const end = Math.min(toMs, ends + MINUTE);
  return playScene(site, {
    fromMs,
    toMs: end,
    observed,
    lost: ({ exporter, received_at }) =>
      exporter === silent && Number(received_at) >= at && Number(received_at) < ends,
  }).sources;
}

async function one(
  { scene, sources, attack, at, unseen, result }: {
    scene: Scene;
    sources: readonly FlowSource[];
    attack: Attack;
    at: number;
    /** Whether no flow of it was exported. */
    unseen: boolean;
    result: Result;
  },
): Promise<void> {
  const { ground } = scene.site;
  // The window that somebody asks about who asks at the end of the attack.
  const ends = at + Math.min(attack.lasts, attack.window) * MINUTE;
  const toMs = ends + (attack.lasts < 5 ? 2 : 0) * MINUTE;
  const window = { fromMs: toMs - attack.window * MINUTE, toMs, untilNow: false };
  const findings = (await ask(sources, window, ground)).filter((finding) =>
    finding.type === attack.type && namesOne(finding, [attack.names(ground)])
  );
  const found = findings.find(isAlarm) ?? findings[0];
  const key = `${attack.type} ${attack.size}`;
  const tally = result.attacks.get(key) ??
    { found: 0, hints: 0, tries: 0, unseen: 0, confidence: 1, slowestMs: 0 };
  result.attacks.set(key, tally);
  tally.tries++;
  if (unseen) tally.unseen++;
  if (OPTIONS.verbose) {
    console.error(
      `  ${key}: ${found === undefined ? "not found" : `${found.severity} ${found.confidence}`}`,
    );
  }
  if (found === undefined) return;
  if (isAlarm(found)) tally.found++;
  else tally.hints++;
  tally.confidence = Math.min(tally.confidence, found.confidence);
  tally.slowestMs = Math.max(tally.slowestMs, found.told_at_ms - at);
}

/** What is told where nothing is wrong. */
async function quiet(scene: Scene, result: Result): Promise<void> {
  const { ground } = scene.site;
  const first = Math.max(scene.fromMs + HOUR, MIDNIGHT);
  for (let fromMs = first; fromMs < scene.toMs; fromMs += WINDOW_MINUTES * MINUTE) {
    const window = { fromMs, toMs: fromMs + WINDOW_MINUTES * MINUTE, untilNow: false };
    result.windows++;
    const findings = await ask(scene.sources, window, ground);
    verbose(`${(fromMs - MIDNIGHT) / HOUR} h`, findings.filter(isAlarm));
    for (const finding of findings) {
      const counts = isAlarm(finding) ? result.alarms : result.hints;
      counts.set(finding.type, (counts.get(finding.type) ?? 0) + 1);
    }
  }
}

async function ask(
  sources: readonly FlowSource[],
  window: TimeWindow,
  ground?: Ground,
): Promise<Finding[]> {
  const expected = (role: ExpectedHost["role"], networks: readonly string[] = []) =>
    networks.map((network) => ({ network, name: role, role }));
  const directory = new NameDirectory({
    ...NO_NAME_DATA,
    expected: [
      ...expected("scanner", ground?.scanners),
      ...expected("monitoring", ground?.monitoring),
    ],
  });
  const { findings } = await findAnomalies(sources, {
    window,
    types: [],
    filter: "",
    limit: 1000,
  }, { maxMs: 60_000, directory });
  return findings;
}

function namesOne({ subject }: Finding, names: readonly string[]): boolean {
  return names.some((name) => name === "" || subject.hosts.includes(name));
}

function seconds(ms: number): string {
  return ms < 100_000 ? `${Math.round(ms / 100) / 10} s` : `${Math.round(ms / 6000) / 10} min`;
}

function verbose(where: string, findings: readonly Finding[]): void {
  if (!OPTIONS.verbose) return;
  for (const { type, severity, confidence, summary, confidence_because } of findings) {
    console.error(
      `  ${where} ${type} ${severity} ${confidence}: ${summary} [${confidence_because}]`,
    );
  }
}

/** Attacks by profile, found of tried. */
function attackTable(results: readonly Result[]): string {
  const attacks = new Map<string, Attack>();
  for (const { profile } of results) {
    for (const attack of profile.attacks) attacks.set(`${attack.type} ${attack.size}`, attack);
  }
  return table(
    ["attack", "size", ...results.map(headOf), "least confidence", "evidence was enough after"],
    [...attacks].map(([key, { type, size }]) => {
      const tallies = results.map(({ attacks }) => attacks.get(key));
      const seen = tallies.filter((tally) => tally !== undefined && tally.found + tally.hints > 0);
      return [
        `\`${type}\``,
        size,
        ...tallies.map((tally) =>
          tally === undefined
            ? ""
            : tally.unseen === tally.tries
            ? "unseen"
            : `${tally.found}/${tally.tries}${tally.hints > 0 ? ` (+${tally.hints})` : ""}`
        ),
        seen.length === 0 ? "" : String(Math.min(...seen.map((tally) => tally!.confidence))),
        seen.length === 0 ? "" : seconds(Math.max(0, ...seen.map((tally) => tally!.slowestMs))),
      ];
    }),
  );
}

function headOf({ profile }: Result): string {
  return profile.fitted ? `${profile.name}, fitted` : profile.name;
}

/** What is told of quiet windows, by profile. */
function quietTable(results: readonly Result[]): string {
  const list = (counts: ReadonlyMap<string, number>) =>
    ANOMALY_TYPES.filter((type) => counts.has(type))
      .map((type) => `${type} ${counts.get(type)}`).join(", ");
  const sum = (counts: ReadonlyMap<string, number>) =>
    [...counts.values()].reduce((a, b) => a + b, 0);
  return table(
    [
      "site",
      "what it is",
      "seeds",
      "windows",
      "false alarms",
      "a window",
      "hints (info)",
      "a window",
    ],
    results.map(({ profile, windows, alarms, hints }) => [
      profile.fitted ? `${profile.name}, fitted` : profile.name,
      profile.what,
      profile.seeds.join(", "),
      String(windows),
      list(alarms) || "0",
      perWindow(sum(alarms), windows),
      list(hints) || "0",
      perWindow(sum(hints), windows),
    ]),
  );
}

function perWindow(count: number, windows: number): string {
  return count === 0 ? "0" : String(Number((count / windows).toPrecision(2)));
}

if (import.meta.main) {
  const chosen = PROFILES.filter(({ name }) => name.includes(OPTIONS.only));
  const results: Result[] = [];
  const labels = OPTIONS.only === "" || OPTIONS.only === "labelled" ? await labelled() : "";
  const harmless = OPTIONS.only === "" || OPTIONS.only === "benign" ? await benign() : "";
  for (const profile of chosen) results.push(await measure(profile));
  const of = (edge: boolean) =>
    attackTable(results.filter(({ profile }) => profile.name.includes("edge") === edge));
  const text = [
    `Measured on ${new Date().toISOString().slice(0, 10)} by \`scripts/measure_detection.ts\`.`,
    "",
    "### Labelled captures of real attacks",
    "",
    labels,
    "",
    "### Captures without attacks",
    "",
    harmless,
    "",
    "### Made-up sites without attacks",
    "",
    quietTable(results),
    "",
    "### Made-up sites with attacks in them",
    "",
    of(false),
    "",
    of(true),
  ].join("\n");
  if (OPTIONS.write) {
    const docs = Deno.readTextFileSync(DOCS);
    Deno.writeTextFileSync(
      DOCS,
      docs.replace(BLOCK, () => `<!-- measured -->\n\n${text}\n\n<!-- end -->`),
    );
  } else console.log(text);
}
