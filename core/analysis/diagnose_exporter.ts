import { countOf } from "../count_of.ts";
import { ARRIVAL_CHECKS, NOTHING_ARRIVES } from "./arrival_checks.ts";
import {
  type ConfigurationTopic,
  type PlatformConfiguration,
  PLATFORMS,
  type Protocol,
} from "./exporter_configuration.ts";
import type { ExporterEvidence } from "./exporter_evidence.ts";
import { FIGURE_CHECKS } from "./figure_checks.ts";
import { FOREIGN_CHECKS } from "./foreign_checks.ts";
import { SAMPLING_CHECKS } from "./sampling_checks.ts";
import { TEMPLATE_CHECKS } from "./template_checks.ts";
import type { Finding } from "./finding.ts";

/** Configuration that would mend what was found. */
export interface ConfigurationAdvice {
  platform: string;
  topic: ConfigurationTopic;
  lines: string[];
}

/** What is wrong with an exporter, the gravest first. */
export interface ExporterDiagnosis {
  headline: string;
  findings: Finding[];
  configuration: ConfigurationAdvice[];
}

const GRAVITY = ["critical", "warning", "info"] as const;
const CHECKS = [
  ...ARRIVAL_CHECKS,
  ...FOREIGN_CHECKS,
  ...TEMPLATE_CHECKS,
  ...FIGURE_CHECKS,
  ...SAMPLING_CHECKS,
];
/** However short it was heard: its traffic is missing from every answer. */
const UNHEARD: ReadonlySet<string> = new Set([
  NOTHING_ARRIVES,
  "silent",
  "not_heard_since_start",
]);
/** Topics of which lines are given: those of the gravest findings. */
const MAX_TOPICS = 2;

/**
 * Says why nothing is seen of an exporter, or why its figures are wrong.
 *
 * @param evidence from the wire
 */
export function diagnoseExporter(evidence: ExporterEvidence): ExporterDiagnosis {
  const findings = CHECKS.map((check) => check(evidence))
    .filter((finding) => finding !== null)
    .sort((a, b) => GRAVITY.indexOf(a.severity) - GRAVITY.indexOf(b.severity));
  const topics = [...new Set(findings.flatMap(({ topic }) => topic ?? []))].slice(0, MAX_TOPICS);
  return {
    headline: headline(evidence, findings),
    findings,
    configuration: topics.flatMap((topic) => adviceOn(topic, evidence)),
  };
}

/** The lines of every platform that may be meant, with our port where it is known. */
function adviceOn(
  topic: ConfigurationTopic,
  { streams, collectors }: ExporterEvidence,
): ConfigurationAdvice[] {
  const speaks = new Set(
    streams.filter(({ flow_records }) => flow_records > 0)
      .flatMap(({ collector }) => collectors.find(({ name }) => name === collector)?.formats ?? []),
  );
  return PLATFORMS.flatMap(({ platform, protocol, lines: all }) => {
    const lines = linesOn(topic, all);
    if (lines === undefined || (speaks.size > 0 && !understands(speaks, protocol))) {
      return [];
    }
    const port = collectors.find(({ running, formats }) =>
      running && understands(new Set(formats), protocol)
    )?.port.toString() ?? "PORT";
    return { platform, topic, lines: lines.map((line) => line.replaceAll("PORT", port)) };
  });
}

/** Where nothing comes, what is exported is as much in doubt as where to: interfaces belong to it. */
function linesOn(
  topic: ConfigurationTopic,
  lines: PlatformConfiguration["lines"],
): readonly string[] | undefined {
  const { destination = [], direction = [] } = lines;
  if (topic !== "destination" || destination.length === 0) return lines[topic];
  const told = direction.every((line) => destination.includes(line));
  return told ? destination : [...destination, ...direction];
}

/** Whether one of some export formats is of a protocol. */
function understands(formats: ReadonlySet<string>, protocol: Protocol): boolean {
  return [...formats].some((format) =>
    format.startsWith(protocol) || (protocol === "netflow" && format === "ipfix")
  );
}

function headline(
  { address, streams, rows: { rows }, summed }: ExporterEvidence,
  findings: readonly Finding[],
) {
  const datagrams = streams.reduce((sum, next) => sum + next.datagrams, 0);
  const kept = summed === 0
    ? ""
    : ` (of ${rows === 0 ? "" : `${summed} of `}them only sums are kept)`;
  const seen = `${address}: ${countOf(datagrams, "datagram")} so far, ` +
    `${countOf(rows + summed, "flow record")} in the window${kept}`;
  const told = findings.filter(({ finding, severity }) =>
    severity !== "info" || UNHEARD.has(finding)
  ).map(({ finding, severity }) =>
    finding.replaceAll("_", " ") +
    (finding === NOTHING_ARRIVES && severity === "info" ? " yet" : "")
  );
  if (told.length === 0) return `${seen}; nothing is wrong with its export as far as can be seen.`;
  return `${seen}; ${told.join(", ")}.`;
}
