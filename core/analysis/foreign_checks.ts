import { countOf } from "../count_of.ts";
import type { StrangerEvidence } from "./exporter_evidence.ts";
import type { Check } from "./finding.ts";
import { ago } from "./time_words.ts";

/** Whether the exporter sends to where its datagrams are not taken. */
export const FOREIGN_CHECKS: readonly Check[] = [
  function refused({ address, strangers, streams, nowMs }) {
    const [latest] = strangers.filter((one) => one.address === address && one.kind === "refused");
    if (latest === undefined) return null;
    return {
      finding: "refused",
      severity: streams.length === 0 ? "critical" : "warning",
      evidence: `${countOf(latest.datagrams, "datagram")} of ${address} to ${latest.collector} ` +
        `met with exporter.allow and were refused, the last ${ago(nowMs - latest.last_seen_ms)}.`,
      why: "The configuration names who may export, and it is not among them.",
      remedy: "Add its address to exporter.allow.",
      topic: null,
    };
  },
  function wrongFormat({ address, strangers, streams, nowMs }) {
    const mine = strangers.filter((one) => one.address === address && one.kind === "unread");
    if (mine.length === 0) return null;
    const told = mine.map((one) =>
      `${countOf(one.datagrams, "datagram")} of ${address} came to ${one.collector}, the last ` +
      `${ago(nowMs - one.last_seen_ms)}, that look like ${one.format}`
    );
    return {
      finding: "wrong_format",
      severity: streams.some(({ flow_records }) => flow_records > 0) ? "warning" : "critical",
      evidence: `${told.join("; ")}.`,
      why: mine[0].taker === null
        ? `Nothing here takes ${
          mine[0].format
        }: it is not among the formats, or is of another version.`
        : `That is for ${mine[0].taker.capability}: it was sent to the port of another protocol.`,
      remedy: remedyOf(mine[0]),
      topic: "destination",
    };
  },
];

function remedyOf({ collector, format, taker }: StrangerEvidence): string {
  if (taker === null) {
    if (format.startsWith("sFlow")) return "Have the agent send sFlow version 5.";
    if (format.startsWith("NetFlow")) return "Have the device export version 5, 9 or IPFIX.";
    return `Send it elsewhere: ${collector} collects flows.`;
  }
  return taker.port !== null
    ? `Have the device send to port ${taker.port}, where ${taker.capability} listens.`
    : `Call start_collection with ${taker.capability} and a port of its own, and have the device ` +
      "send there; or stop the collector on the port that it sends to and start " +
      `${taker.capability} there.`;
}
