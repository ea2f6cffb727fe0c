import { countOf } from "../count_of.ts";
import { dropTotal } from "./drop_total.ts";
import type { ExporterEvidence, TemplateEvidence } from "./exporter_evidence.ts";
import type { Check } from "./finding.ts";
import { ago, span } from "./time_words.ts";

/** What is told of one by one. */
const MAX_NAMED = 5;
/** Data came by a template within this: it is in use. */
const IN_USE_MS = 600_000;
/** Templates that come more seldom keep a new collector waiting: RFC 6728's default is 600 s. */
const SELDOM_MS = 600_000;
/** A template is good for this many times the interval at which it came (RFC 7011 §8.4). */
const LIFETIMES = 3;
/** How long it is good for where the interval is not known: the longest default of vendors. */
const UNKNOWN_LIFETIME_MS = 1_800_000;

/** Whether templates come, and often enough. */
export const TEMPLATE_CHECKS: readonly Check[] = [
  function withoutTemplate({ collectors, streams, templates, nowMs }) {
    const names = new Set(streams.map(({ collector }) => collector));
    const here = collectors.filter(({ name }) => names.has(name));
    const waiting = streams.reduce((sum, { waiting_sets }) => sum + waiting_sets, 0);
    const lost = dropTotal(here, "template_never_came");
    // Without any flow that is told as the reason for that.
    if (waiting + lost === 0 || !streams.some(({ flow_records }) => flow_records > 0)) return null;
    return {
      finding: "sets_without_template",
      severity: "warning",
      evidence:
        `Waiting for a template: ${countOf(waiting, "set")} of it; at ${
          [...names].join(", ")
        }, all ` +
        `exporters together, given up: ${lost}. ${lastTemplate({ templates, nowMs })}`,
      why: "Templates are sent seldom, were lost on the way, or come from another source port.",
      remedy: "Have templates sent every minute.",
      topic: "template_refresh",
    };
  },
  function stale({ templates, collectors, nowMs }) {
    const old = templates.filter((template) => {
      const { used_ms, announced_ms, interval_ms } = template;
      if (used_ms === null || nowMs - used_ms > IN_USE_MS) return false;
      const since = announced_ms ??
        collectors.find(({ name }) => name === template.collector)?.collectingSinceMs ?? nowMs;
      const lifetime = interval_ms === null ? UNKNOWN_LIFETIME_MS : LIFETIMES * interval_ms;
      return nowMs - since > Math.max(lifetime, SELDOM_MS);
    });
    if (old.length === 0) return null;
    return {
      finding: "templates_stale",
      severity: "warning",
      evidence: `Its data still comes by ${named(old)}: ` +
        old.slice(0, MAX_NAMED).map(({ announced_ms }) =>
          announced_ms === null
            ? "not announced since the collector started"
            : `announced ${ago(nowMs - announced_ms)}`
        ).join(", ") + ".",
      why: "Templates do not come again in time: data is read as the last ones had it, which may " +
        "have changed, and a collector that starts anew elsewhere could read none of it.",
      remedy: "Have templates sent every minute; see whether something on the way drops them.",
      topic: "template_refresh",
    };
  },
  function seldom({ templates, nowMs }) {
    const slow = templates.filter(({ used_ms, interval_ms }) =>
      used_ms !== null && nowMs - used_ms <= IN_USE_MS && (interval_ms ?? 0) > SELDOM_MS
    );
    if (slow.length === 0) return null;
    const longest = Math.max(...slow.map(({ interval_ms }) => interval_ms!));
    return {
      finding: "templates_seldom",
      severity: "info",
      evidence: `${named(slow)} came ${span(longest)} apart. ${lastTemplate({ templates, nowMs })}`,
      why: "After a change on the device, or where a datagram with templates is lost, its data " +
        "cannot be read for so long.",
      remedy: "Have templates sent every minute.",
      topic: "template_refresh",
    };
  },
];

/** When a template came last, as a sentence. */
export function lastTemplate(
  { templates, nowMs }: Pick<ExporterEvidence, "templates" | "nowMs">,
): string {
  const last = Math.max(...templates.map(({ announced_ms }) => announced_ms ?? 0), 0);
  return last === 0
    ? "It has announced no template since the collector started."
    : `It last announced a template ${ago(nowMs - last)}.`;
}

function named(templates: readonly TemplateEvidence[]): string {
  const ids = templates.slice(0, MAX_NAMED).map(({ template_id, observation_domain }) =>
    `${template_id} of domain ${observation_domain ?? 0}`
  );
  const more = templates.length > MAX_NAMED ? ` and ${templates.length - MAX_NAMED} more` : "";
  return `template${templates.length > 1 ? "s" : ""} ${ids.join(", ")}${more}`;
}
