import { countOf } from "../../count_of.ts";
import type { CollectionHealth } from "../../exporter/collection_health.ts";
import { absenceSeverity } from "../../exporter/silence_rule.ts";
import { silentText } from "../../query/trust.ts";
import { figure, type Inquiry, type NextCall, type Table } from "../inquiry.ts";
import { collectedText, listed, percent, windowText } from "../wording.ts";
import { BEYOND_LOOPBACK } from "./beyond_loopback.ts";
import type { Recommendation } from "./recommendation.ts";

/** Names that a sentence lists. */
const NAMED = 5;
/** From here on it pays to do something about conversations that count several times. */
const WELL_ABOVE_ONE = 1.1;
const LOOPBACK_ONLY =
  `All collectors listen on this machine itself, and no other can send there. ${BEYOND_LOOPBACK}`;
/** Formats whose fields can be chosen: the others have interfaces wherever the device knows them. */
const FIELDS_CHOSEN = "(export_format netflow9 or export_format ipfix or export_format json)";
const STATUS: NextCall = { tool: "capability_status", arguments: {} };

/** What is known of the collection of a window. */
export interface CollectionFacts {
  readonly health: CollectionHealth;
  /** All traffic of the window, whatever the filter. */
  readonly whole: Table;
}

/**
 * What to mend so that the figures can be trusted.
 *
 * @param inquiry to ask, over the window and all traffic
 * @param facts what collection says
 */
export async function collectionAdvice(
  inquiry: Inquiry,
  facts: CollectionFacts,
): Promise<Recommendation[]> {
  const { health, whole } = facts;
  if (health.collecting_since === null) {
    return [{
      ...collection("critical", "Start a collector"),
      seen: "No collector has been started.",
      why: "Without one there are no flows to answer from.",
      next_step: "Call start_collection with a capability of list_capabilities, and point the " +
        "exporters at its port.",
      query: { tool: "list_capabilities", arguments: {} },
    }];
  }
  return [
    ...notListening(inquiry, facts),
    ...nothingArrives(inquiry, facts),
    ...incomplete(inquiry, facts),
    ...countedTwice(inquiry, whole),
    ...await unsampled(inquiry, whole),
    ...await namelessInterfaces(inquiry, whole),
  ];
}

function collection(severity: Recommendation["severity"], title: string) {
  return { severity, area: "collection" as const, title };
}

function notListening(inquiry: Inquiry, { health }: CollectionFacts): Recommendation[] {
  const { collecting_until, downtime } = health;
  if (collecting_until !== null) {
    return [{
      ...collection("critical", "Start a collector again"),
      seen: "All collectors are stopped.",
      why: "Nothing is collected, and what is held grows old.",
      next_step: "Call start_collection.",
      query: STATUS,
    }];
  }
  const down = [...new Set(downtime.map(({ collector }) => collector))];
  if (down.length === 0) return [];
  return [{
    ...collection("warning", "Find out why a collector did not listen"),
    seen: `${listed(down.slice(0, NAMED))} did not listen for a part of ` +
      `${windowText(inquiry.scope.window)}.`,
    why: "What was sent meanwhile is lost.",
    next_step: "Look at last_error and restarts of the collector, and at the log.",
    query: STATUS,
  }];
}

function nothingArrives(inquiry: Inquiry, { health, whole }: CollectionFacts): Recommendation[] {
  const advice: Recommendation[] = [];
  // What was not read may have been there.
  const nothing = figure(whole.totals.metrics, "flows") === 0 && whole.scan.stopped_at === null;
  if (nothing && health.collecting_until === null) {
    const since = health.listening_since ?? health.collecting_since!;
    const severity = absenceSeverity(inquiry.ground.nowMs - since);
    const young = severity === "info";
    advice.push({
      ...collection(severity, young ? "Wait for the first flows" : "Find out why no flows arrive"),
      seen: `No flow records in ${collectedText(inquiry.scope.window, whole)}.`,
      why: young
        ? "Exporters tell of flows within minutes of their end."
        : "Either nothing is exported to this machine, or it cannot be decoded.",
      next_step: (health.loopback_only ? LOOPBACK_ONLY : "") +
        (young ? "Should none come for some minutes, see" : "See") +
        " whether datagrams arrive at all; where none do, check address, port and firewall of " +
        "the exporter.",
      query: STATUS,
    });
  }
  if (health.silent_exporters.length > 0) {
    advice.push({
      ...collection(health.silence_severity, "Find out why exporters fell silent"),
      seen: `Not heard from any more: ${some(health.silent_exporters)}.`,
      why: "Their traffic is missing from every answer.",
      next_step: "Check that the devices run, reach this machine, and still export.",
      query: STATUS,
    });
  }
  if (health.silent_streams.length > 0) {
    advice.push({
      ...collection("info", "Find out why a part of what exporters sent is not heard"),
      seen: `Not heard from any more, while their exporters are: ${
        health.silent_streams.slice(0, NAMED).map(silentText).join("; ")
      }.`,
      why: "What that part watched is missing, unless something else of the exporter tells of it.",
      next_step:
        "Check that the module or the exporting process still runs, and that nothing was " +
        "meant to take its place.",
      query: STATUS,
    });
  }
  return advice;
}

function incomplete(inquiry: Inquiry, { health, whole }: CollectionFacts): Recommendation[] {
  const { loss, sets_without_template, undecoded, untracked, uncountable } = health;
  const advice: Recommendation[] = [];
  if (loss.length > 0) {
    const worst = [...loss].sort((a, b) => b.lost - a.lost);
    advice.push({
      ...collection("warning", "Stop the loss of export data"),
      seen: `Never arrived: ${
        listed(
          worst.slice(0, NAMED).map(({ exporter, lost, unit }) =>
            `${countOf(lost, unit.replace(/s$/, ""))} from ${exporter}`
          ),
        )
      }.`,
      why: "Sums are too low by what was lost.",
      next_step: "Raise the socket buffer (net.core.rmem_default, on Linux), and look for loss " +
        "on the way from the exporter.",
      query: STATUS,
    });
  }
  if (sets_without_template > 0) {
    advice.push({
      ...collection("warning", "Have templates sent more often"),
      seen: `${countOf(sets_without_template, "set")} of data waited or wait for a template.`,
      why: "NetFlow v9 and IPFIX data cannot be read without it; what waits too long is dropped.",
      next_step: "Set the template refresh of the exporter to a minute.",
      query: STATUS,
    });
  }
  if (undecoded) {
    advice.push({
      ...collection("warning", "Look at what could not be decoded"),
      seen: "Some of what arrived could not be decoded.",
      why: "That part is missing from every answer.",
      next_step: "Read the drops by reason; a port that several formats share, or a truncated " +
        "datagram, are the usual causes.",
      query: STATUS,
    });
  }
  advice.push(...gone(inquiry, whole));
  if (untracked > 0 || uncountable.length > 0) {
    advice.push({
      ...collection("info", "Know what is lost"),
      seen: untracked > 0
        ? "There are more exporters than are kept account of."
        : `The sequence numbers of ${some(uncountable)} do not tell what was lost.`,
      why: "Loss of theirs goes unnoticed.",
      next_step: untracked > 0
        ? "Name the exporters that are wanted in exporter.allow."
        : "Watch their datagrams by other means, such as counters of the device.",
      query: STATUS,
    });
  }
  return advice;
}

/** Flows of the window that are not held any more, by what would have held them. */
function gone(inquiry: Inquiry, { scan }: Table): Recommendation[] {
  const { window_overwritten, rows_missed, rows_unplaced, rows_damaged, held_since } = scan;
  const { not_collected, asked_from, summed_gone: summed } = scan;
  const when = windowText(inquiry.scope.window);
  if (held_since === null && (window_overwritten || rows_missed > 0)) {
    return [{
      ...collection("warning", "Give the store more room"),
      seen: window_overwritten
        ? "Memory holds fewer flows than the window has."
        : `${countOf(rows_missed, "flow record")} were overwritten before they could be read.`,
      why: "Answers cover less time than they were asked for.",
      next_step: "Raise store.capacity_rows (FLOW_STORE_CAPACITY_ROWS).",
      query: STATUS,
    }];
  }
  // What is damaged is told on its own, and came in time.
  const late = rows_missed - rows_damaged + rows_unplaced;
  if (late > 0) {
    return [{
      ...collection("warning", "Help history to keep up"),
      seen: `${countOf(late, "flow record")} of ${when} are neither in memory nor on disk.`,
      why: "They came faster than history wrote them, or it could not write: answers lack them.",
      next_step: "Look at history of capability_status (state, reason, skipped_flow_records); " +
        "let the history worker have a core, and raise store.capacity_rows, so that flows wait " +
        "in memory for longer.",
      query: STATUS,
    }];
  }
  // What a restart or another history.db cost is no matter of how long flows are kept.
  const elsewhere = not_collected.some(({ fromMs }) => fromMs <= asked_from);
  if (!summed && (!window_overwritten || elsewhere)) return [];
  return [{
    ...collection("warning", "Keep flows for longer"),
    seen: summed
      ? `Of ${when} some flows are gone from memory and disk, and only their sums are kept.`
      : `The oldest flows of ${when} are gone from memory and disk.`,
    why: summed
      ? "Sums tell no conversations, ports, latency or anomalies."
      : "Answers cover less time than they were asked for.",
    next_step: "Raise history.max_bytes (FLOW_HISTORY_MAX_BYTES), or history.keep_days " +
      "(FLOW_HISTORY_KEEP_DAYS) where age ends them" +
      (summed ? "; skipped_flow_records of capability_status are those never written." : "."),
    query: STATUS,
  }];
}

/** Conversations that several points see. */
function countedTwice(inquiry: Inquiry, { dedup_factor }: Table): Recommendation[] {
  if (dedup_factor === null || dedup_factor < WELL_ABOVE_ONE) return [];
  return [{
    ...collection("info", "Count conversations once"),
    seen:
      `Traffic is counted ${dedup_factor.toFixed(2)} times on average: several points see the ` +
      "same conversations.",
    why: "Sums and rates over all exporters are too high by that; those of one interface are not.",
    next_step:
      'Ask with dedup "on", or have each conversation exported at one point only, such as ' +
      "on ingress.",
    query: inquiry.next({ group_by: ["exporter"], metrics: ["bytes", "flows"], dedup: "on" }),
  }];
}

/** Exporters of which nobody said whether they sample. JSON records are not sampled by a protocol. */
async function unsampled(inquiry: Inquiry, whole: Table): Promise<Recommendation[]> {
  const ask = {
    filter: "sampling_source = assumed and not export_format = json",
    group_by: ["exporter"],
    metrics: ["bytes", "flows"],
  };
  const about = "which exporters do not say whether they sample";
  const { rows, totals } = await inquiry.ask(ask, { about });
  if (rows.length === 0) return [];
  const all = figure(whole.totals.metrics, "bytes");
  const share = all === 0 ? 0 : 100 * figure(totals.metrics, "bytes") / all;
  return [{
    ...collection("info", "Say at what rate exporters sample"),
    seen: `${some(rows.map(({ exporter }) => String(exporter ?? "unknown")), totals.groups)} ${
      totals.groups === 1 ? "does" : "do"
    } not say whether packets are sampled: ${percent(share)} of the bytes.`,
    why: "Where they do sample, 1 in 1000 say, traffic is a thousand times what is shown.",
    next_step: "Have the exporter send its sampling options, or write the rate into " +
      "exporter.sampling_rates (1 where it does not sample).",
    query: inquiry.next(ask, ask.filter),
  }];
}

async function namelessInterfaces(inquiry: Inquiry, whole: Table): Promise<Recommendation[]> {
  const ask = {
    filter: `not has in_if and not has out_if and ${FIELDS_CHOSEN}`,
    group_by: ["exporter"],
    metrics: ["bytes", "flows"],
  };
  const about = "which flows name no interface";
  const { rows, totals } = await inquiry.ask(ask, { about });
  const bytes = figure(totals.metrics, "bytes");
  const all = figure(whole.totals.metrics, "bytes");
  if (bytes === 0 || all === 0) return [];
  return [{
    ...collection("info", "Have interfaces exported"),
    seen: `${percent(100 * bytes / all)} of the bytes name no interface, from ${
      some(rows.map(({ exporter }) => String(exporter ?? "unknown")), totals.groups)
    }.`,
    why: "Nobody can say which link such traffic fills.",
    next_step: "Add the ingress and egress interface to the exporter's flow record.",
    query: inquiry.next(ask, ask.filter),
  }];
}

function some(names: readonly string[], count = names.length): string {
  const shown = names.slice(0, NAMED);
  return count > shown.length
    ? `${shown.join(", ")} and ${count - shown.length} more`
    : listed(shown);
}
