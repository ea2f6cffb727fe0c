import { countOf } from "../count_of.ts";
import {
  absenceSeverity,
  heardTimes,
  silenceSeverity,
  SILENT_AFTER_MS,
} from "../exporter/silence_rule.ts";
import { parseAddress } from "../flow/address.ts";
import { isLoopback } from "../flow/loopback.ts";
import { formatTime } from "../flow/record_reader.ts";
import { dropTotal } from "./drop_total.ts";
import type { ExporterEvidence } from "./exporter_evidence.ts";
import type { Check } from "./finding.ts";
import { lastTemplate } from "./template_checks.ts";
import { ago, span } from "./time_words.ts";
import { BEYOND_LOOPBACK } from "./advice/beyond_loopback.ts";

const MAX_NAMED = 5;
const WAIT = "Wait: exporters tell of flows within minutes of their end.";

/** The finding that no datagram of an exporter was taken. */
export const NOTHING_ARRIVES = "nothing_arrives";

/** Whether anything arrives, and whether it becomes flows. */
export const ARRIVAL_CHECKS: readonly Check[] = [
  function noCollector({ collectors }) {
    if (collectors.some(({ running }) => running)) return null;
    const errors = collectors.flatMap(({ name, lastError }) =>
      lastError === null ? [] : [`${name}: ${lastError}`]
    );
    return {
      finding: "no_collector",
      severity: "critical",
      evidence: ["No collector runs", ...errors].join("; ") + ".",
      why: "Nobody listens, so whatever is sent is lost.",
      remedy: "Call start_collection with the capability that the exporter speaks.",
      topic: null,
    };
  },
  function nothingArrives(evidence) {
    const { address, rows, summed, strangers, collectors } = evidence;
    if (!isUnheard(evidence) || rows.rows + summed > 0) return null;
    const refused = dropTotal(collectors, "exporter_not_allowed");
    const unread = strangers.filter(({ kind }) => kind === "unread");
    const running = collectors.filter((collector) => collector.running);
    const listening = running.map(({ name, datagrams }) =>
      `${name} (${countOf(datagrams, "datagram")})`
    ).join(", ");
    const alone = !isLoopback(address) && running.every(({ host }) => isLoopback(host));
    const listened = listenedMs(evidence);
    // What cannot come does not come with time.
    const severity = alone && isAddress(address) ? "critical" : absenceSeverity(listened);
    return {
      finding: NOTHING_ARRIVES,
      severity,
      evidence: `No datagram of ${address} was taken, and all have listened for ` +
        `${span(listened)} so far. Listening: ${listening}. ` +
        heardBeside(evidence) +
        (refused > 0 ? ` exporter.allow refused ${countOf(refused, "datagram")}.` : "") +
        (unread.length > 0 ? ` Not taken: ${listStrangers(unread)}.` : ""),
      why: alone
        ? `All collectors listen on this machine itself (${hostsOf(running)}), and no other can ` +
          "send there."
        : refused > 0
        ? "It may be among those that exporter.allow refuses."
        : unread.length > 0
        ? "It may be among those that send to the port of another protocol, under another address."
        : "It does not export, exports to another address or port, from another source address " +
          "than you think, or a firewall or a missing route is in between.",
      remedy: (severity === "info" ? `${WAIT} Should nothing come for some minutes: ` : "") +
        (alone ? BEYOND_LOOPBACK : "") +
        (refused > 0 ? "Add its address to exporter.allow. " : "") +
        "Check destination, port and source interface of the export on the device; see with " +
        `"tcpdump -ni any udp and ${watched(evidence)}" on this machine whether datagrams come ` +
        "in, and let the firewall pass them.",
      topic: "destination",
    };
  },
  function relayed(evidence) {
    const { rows: { rows, last_received_ms: last }, nowMs } = evidence;
    if (!isUnheard(evidence) || last === null || last < startOf(evidence)) return null;
    return {
      finding: "relayed",
      severity: "info",
      evidence: `${countOf(rows, "flow record")} of the window name it, the last ` +
        `${ago(nowMs - last)}, and no datagram is known to have come from the address itself. ` +
        heardBeside(evidence),
      why:
        "Another sends for it: a relay, a collector that passes on, or records that name their " +
        "exporter; or there are more senders than can be told apart.",
      remedy:
        "Where that is meant, nothing. Loss, templates and sampling are told of the address " +
        "that sends: diagnose that one.",
      topic: null,
    };
  },
  function notHeardSinceStart(evidence) {
    const { rows: { rows, last_received_ms: last }, summed, nowMs } = evidence;
    const start = startOf(evidence);
    // What is summed arrived before what is in memory.
    const before = last === null ? summed > 0 : last < start;
    if (!isUnheard(evidence) || !before) return null;
    const severity = silenceSeverity(null, listenedMs(evidence));
    const young = severity === "info";
    const when = last === null ? "of which only sums are kept" : `the last ${ago(nowMs - last)}`;
    return {
      finding: "not_heard_since_start",
      severity,
      evidence: `${countOf(rows + summed, "flow record")} of the window, ${when}, ` +
        `are from before collection began (${formatTime(start)}). Since then no datagram of ` +
        `${evidence.address} was taken. ${heardBeside(evidence)}`,
      why:
        "The collector was started anew, and it has sent nothing since; or others send for it, " +
        "or the records were read from a file.",
      remedy: young
        ? WAIT
        : "Check that the device is up and still exports to this address and port.",
      topic: young ? null : "destination",
    };
  },
  function wentSilent({ streams, nowMs }) {
    const heard = heardTimes(streams);
    const last = heard.last_seen_ms;
    const silentMs = nowMs - heard.unheard_since_ms;
    if (streams.length === 0 || silentMs < SILENT_AFTER_MS) return null;
    return {
      finding: "silent",
      severity: silenceSeverity(heard, silentMs),
      evidence: `Last heard ${formatTime(last)}, ${ago(nowMs - last)}.`,
      why:
        "It exported and does not any more: the device is down, its export was changed, or the " +
        "way to here is cut.",
      remedy: "Check that the device is up and still exports to this address and port.",
      topic: "destination",
    };
  },
  function noFlows({ address, streams, strangers, templates: told, nowMs }) {
    const datagrams = streams.reduce((sum, next) => sum + next.datagrams, 0);
    if (datagrams === 0 || streams.some(({ flow_records }) => flow_records > 0)) return null;
    // What is in no format that is taken has been told.
    if (strangers.some((one) => one.address === address && one.kind === "unread")) return null;
    const templates = streams.reduce((sum, next) => sum + next.templates, 0);
    const waiting = streams.reduce((sum, next) => sum + next.waiting_sets, 0);
    return {
      finding: "datagrams_without_flows",
      severity: "critical",
      evidence:
        `${countOf(datagrams, "datagram")} came of it, with ${
          countOf(templates, "template")
        }, and no ` +
        `flow record; waiting for a template: ${countOf(waiting, "set")}.` +
        (waiting > 0 ? ` ${lastTemplate({ templates: told, nowMs })}` : ""),
      why: waiting > 0
        ? "Its data cannot be read before its templates come."
        : templates > 0
        ? "Templates come and no data: no interface has the monitor applied, or there is no traffic."
        : "It sends only options, counters or what could not be decoded.",
      remedy: waiting > 0
        ? "Have templates sent every minute; they come by themselves within the refresh time."
        : "Apply the flow monitor to the interfaces, in the direction wanted.",
      topic: waiting > 0 ? "template_refresh" : "direction",
    };
  },
  function undecoded({ collectors, streams, strangers }) {
    const names = new Set(streams.map(({ collector }) => collector));
    const reasons = new Map<string, number>();
    for (const { name, drops } of collectors) {
      if (!names.has(name)) continue;
      const foreign = strangers.some(({ collector }) => collector === name);
      for (const [reason, count = 0] of Object.entries(drops)) {
        if (TOLD_ELSEWHERE.has(reason) || (foreign && FOREIGN.has(reason))) continue;
        reasons.set(reason, (reasons.get(reason) ?? 0) + count);
      }
    }
    if (reasons.size === 0) return null;
    const worst = [...reasons].sort(([, a], [, b]) => b - a).slice(0, MAX_NAMED);
    return {
      finding: "undecoded",
      severity: "warning",
      evidence: `Dropped at ${[...names].join(", ")}, all exporters together: ` +
        `${worst.map(([reason, count]) => `${reason} ${count}`).join(", ")}.`,
      why: "Part of what arrives is damaged, or not as its standard has it.",
      remedy:
        "Keep the datagrams with flow-agent capture and look at them with flow-agent decode; " +
        "an update of the device may mend it.",
      topic: null,
    };
  },
];

/** Whether collectors run and none took or refused anything of the address. */
function isUnheard({ address, streams, strangers, collectors }: ExporterEvidence): boolean {
  return streams.length === 0 && collectors.some(({ running }) => running) &&
    !strangers.some((one) => one.address === address);
}

/** When the first collector was started, Unix milliseconds. */
function startOf({ collectors }: ExporterEvidence): number {
  return Math.min(...collectors.flatMap(({ collectingSinceMs }) => collectingSinceMs ?? []));
}

/** How long all collectors that run have listened: which of them an exporter sends to is not known. */
function listenedMs({ collectors, nowMs }: ExporterEvidence): number {
  const starts = collectors.flatMap(({ running, listeningSinceMs }) =>
    running ? listeningSinceMs ?? nowMs : []
  );
  return Math.max(0, nowMs - Math.max(...starts));
}

function heardBeside({ address, others, nowMs }: ExporterEvidence): string {
  if (others.length === 0) return isAddress(address) ? "Nobody else is heard." : "Nobody is heard.";
  const heard = others.slice(0, MAX_NAMED).map(({ address, lastSeenMs }) =>
    `${address} (${ago(nowMs - lastSeenMs)})`
  );
  return `Heard: ${heard.join(", ")}.`;
}

function hostsOf(collectors: ExporterEvidence["collectors"]): string {
  return [...new Set(collectors.map(({ host }) => host))].join(", ");
}

/** What to watch for, as a capture filter. */
function watched({ address, collectors }: ExporterEvidence): string {
  if (isAddress(address)) return `host ${address}`;
  const ports = collectors.filter(({ running }) => running).map(({ port }) => `port ${port}`);
  return `(${ports.join(" or ")})`;
}

function isAddress(text: string): boolean {
  return parseAddress(text, new Uint32Array(4));
}

/** What a collector says of datagrams of another protocol. */
const FOREIGN: ReadonlySet<string> = new Set(["bad_json", "not_an_object", "truncated_header"]);

function listStrangers(strangers: ExporterEvidence["strangers"]): string {
  return strangers.slice(0, MAX_NAMED)
    .map(({ address, format, collector }) => `${address} (${format} at ${collector})`).join(", ");
}

/** Reasons that have a finding of their own, or cost nothing. */
const TOLD_ELSEWHERE: ReadonlySet<string> = new Set([
  "exporter_not_allowed",
  "unknown_version",
  "template_never_came",
  "template_withdrawal",
  "trailing_octets",
  "unknown_structure",
]);
