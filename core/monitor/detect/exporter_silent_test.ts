import assert from "node:assert/strict";
import type { HeardTimes } from "../../exporter/silence_rule.ts";
import { parseAddress } from "../../flow/address.ts";
import { NO_NAME_DATA } from "../../names/name_data.ts";
import { NameDirectory } from "../../names/name_directory.ts";
import type { Finding } from "../finding.ts";
import { MonitorView } from "../monitor_view.ts";
import type { ListeningTime } from "../picture/listening_times.ts";
import { TrafficPicture } from "../picture/traffic_picture.ts";
import { exporterSilent } from "./exporter_silent.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const TO = Date.UTC(2026, 0, 13, 12);
const WINDOW = { fromMs: TO - 15 * MINUTE, toMs: TO, untilNow: false };
const ALWAYS = [{ capability: "json_udp", fromMs: 1, toMs: Infinity }];
/** A process that ended 20 minutes before one that has been running for five. */
const RESTARTED: readonly ListeningTime[] = [
  { capability: "json_udp", fromMs: TO - 70 * MINUTE, toMs: TO - 25 * MINUTE },
  { capability: "json_udp", fromMs: TO - 5 * MINUTE, toMs: Infinity },
];

interface Habit {
  /** Of arrivals, before the end of the window. */
  readonly from: number;
  readonly to: number;
  readonly every: number;
}

/** What is told of an exporter that sends every so often, and sent before `more` too. */
function silence(
  habits: readonly Habit[],
  listening: readonly ListeningTime[],
  heard: HeardTimes | null = null,
): Finding | undefined {
  const picture = new TrafficPicture(WINDOW, {
    parts: new Set(),
    named: new Uint8Array(65_536),
    listening,
  });
  const words = new Uint32Array(4);
  assert.ok(parseAddress("192.0.2.7", words, 0));
  const id = picture.exporters.find(words, 0);
  for (const { from, to, every } of habits) {
    for (let at = TO - from; at <= TO - to; at += every) {
      picture.exporters.note(id, at, at < WINDOW.fromMs ? "before" : "within", "json_udp");
    }
  }
  const view = new MonitorView(picture, {
    window: WINDOW,
    filter: "",
    directory: new NameDirectory(NO_NAME_DATA),
    heard: new Map(heard === null ? [] : [["192.0.2.7", heard]]),
    serviceName: () => null,
  });
  const [finding] = exporterSilent.evaluate(view);
  return finding;
}

// deno-fmt-ignore: one row a case reads as the table it is.
const CASES: readonly [title: string, habits: Habit[], listening: readonly ListeningTime[], told: { silent: number; longest: number } | null][] = [
  ["stops while somebody listens", [{ from: 70 * MINUTE, to: 10 * MINUTE, every: 10 * SECOND }], ALWAYS, { silent: 600, longest: 10 }],
  ["sent one burst", [{ from: 30 * MINUTE, to: 30 * MINUTE - 200, every: 20 }], ALWAYS, null],
  ["sent for ten seconds", [{ from: 30 * MINUTE, to: 30 * MINUTE - 10 * SECOND, every: 100 }], ALWAYS, null],
  ["sent a burst before a restart", [{ from: 30 * MINUTE, to: 30 * MINUTE - 200, every: 20 }], RESTARTED, null],
  ["sent until the restart, and goes on", [{ from: 70 * MINUTE, to: 25 * MINUTE, every: 10 * SECOND }, { from: 5 * MINUTE, to: 5 * SECOND, every: 10 * SECOND }], RESTARTED, null],
  ["sent until the restart, and is gone", [{ from: 70 * MINUTE, to: 25 * MINUTE, every: 10 * SECOND }], RESTARTED, { silent: 300, longest: 10 }],
  ["stops after a restart", [{ from: 70 * MINUTE, to: 25 * MINUTE, every: 10 * SECOND }, { from: 5 * MINUTE, to: 3 * MINUTE, every: 10 * SECOND }], RESTARTED, { silent: 180, longest: 10 }],
  ["nobody has listened since", [{ from: 70 * MINUTE, to: 25 * MINUTE, every: 10 * SECOND }], RESTARTED.slice(0, 1), null],
  ["a collector of another kind listens", [{ from: 70 * MINUTE, to: 25 * MINUTE, every: 10 * SECOND }], [RESTARTED[0], { ...RESTARTED[1], capability: "netflow_udp" }], null],
];

for (const [title, habits, listening, told] of CASES) {
  Deno.test(`exporter_silent: ${title}`, () => {
    const found = silence(habits, listening);
    if (told === null) return assert.equal(found?.summary, undefined);
    assert.equal(found?.numbers.silent_seconds, told.silent);
    assert.equal(found?.numbers.longest_gap_seconds, told.longest);
    assert.equal(found?.severity, "warning");
    assert.ok(found.told_at_ms <= TO && found.told_at_ms > found.first_seen_ms);
  });
}

Deno.test("exporter_silent: time without a collector is named beside the silence", () => {
  const [, habits] = CASES[5];
  assert.match(
    silence(habits, RESTARTED)!.summary,
    /no flows for 300 s \(and for 1200 s more nobody listened\); its longest gap before was 10 s\./,
  );
});

Deno.test("exporter_silent: who came new and was heard for less time than it is silent is a hint", () => {
  const newcomer = [{ from: 30 * MINUTE, to: 27 * MINUTE, every: 5 * SECOND }];
  const heard = {
    first_seen_ms: TO - 30 * MINUTE,
    last_seen_ms: TO - 27 * MINUTE,
    unheard_since_ms: TO - 27 * MINUTE,
    listened_from_ms: TO - 70 * MINUTE,
  };
  assert.equal(silence(newcomer, ALWAYS, heard)!.severity, "info");
  assert.match(silence(newcomer, ALWAYS, heard)!.confidence_because, /it came new/);
  // Collectors heard it before it sent flows, or from their start on: it is not known to be new.
  const long = { ...heard, first_seen_ms: TO - 60 * MINUTE };
  assert.equal(silence(newcomer, ALWAYS, long)!.severity, "warning");
  const begun = { ...heard, listened_from_ms: TO - 34 * MINUTE };
  assert.equal(silence(newcomer, ALWAYS, begun)!.severity, "warning");
  assert.equal(silence(newcomer, ALWAYS)!.severity, "warning");
});

/** The collector was stopped and started, and the process knows whom it heard before. */
const HEARD_BEFORE: HeardTimes = {
  first_seen_ms: TO - 70 * MINUTE,
  last_seen_ms: TO - 25 * MINUTE,
  unheard_since_ms: TO - 25 * MINUTE,
  listened_from_ms: TO - 70 * MINUTE,
};

Deno.test("exporter_silent: for two minutes after a restart it is a hint", () => {
  const habit = [{ from: 70 * MINUTE, to: 25 * MINUTE, every: SECOND }];
  const said = (ms: number) =>
    [null, HEARD_BEFORE].map((heard) =>
      silence(habit, [RESTARTED[0], { ...RESTARTED[1], fromMs: TO - ms }], heard)!.severity
    );
  assert.deepEqual(said(2 * MINUTE - 1), ["info", "info"]);
  assert.deepEqual(said(2 * MINUTE), ["warning", "warning"]);
});

Deno.test("exporter_silent: datagrams that go on for a while after the last flows do not", () => {
  const habit = [{ from: 60 * MINUTE, to: 20 * MINUTE, every: 5 * SECOND }];
  const said = (last: number) =>
    silence(habit, ALWAYS, {
      first_seen_ms: TO - 60 * MINUTE,
      last_seen_ms: TO - last * MINUTE,
      unheard_since_ms: TO - last * MINUTE,
      listened_from_ms: TO - 70 * MINUTE,
    })!.confidence_because;
  assert.match(said(1), /it still sends datagrams, but no flows/);
  assert.doesNotMatch(said(3), /still sends/);
});
