import { countOf } from "../../count_of.ts";
import { CELL } from "../picture/conversations.ts";
import { type AnomalyType, type Finding, MAX_SUBJECT_HOSTS } from "../finding.ts";
import type { MonitorView } from "../monitor_view.ts";
import { OUTCOME } from "./attempts.ts";
import { grade } from "./grade.ts";
import { LEAST_FAILURES, ORDINARY_SUCCESS, RandomWalk } from "./random_walk.ts";
import { usualSuccess } from "./usual_success.ts";

/** What a failure tells where the answer may merely not have been sampled. */
const SAMPLED_WEIGHT = 0.5;
/** Failed contacts from which on nobody asks whether it is chance. */
const MANY_FAILURES = 40;
/** A scanner's contacts are mostly not answered: more than this many failures for each success. */
const ANSWERED_PART = 2;

/** What an outcome is to the walk. */
const CONTACT = {
  [OUTCOME.FAILED]: "failed",
  [OUTCOME.SUCCEEDED]: "succeeded",
  [OUTCOME.PROBED]: "probed",
} as const;

/** Along what a source scans. */
export interface ScanKind {
  readonly type: AnomalyType & ("port_scan" | "host_scan");
  /** Ports of one host, or one port of many hosts: what stays the same within a sequence. */
  readonly fixed: "host" | "port";
}

interface Sequence {
  readonly walk: RandomWalk;
  readonly host: number;
  readonly protocol: number;
  readonly port: number;
  first: number;
  last: number;
  /** Contacts, and those of them that only sampled exporters saw. */
  contacts: number;
  hidden: number;
}

/** What a source's contacts come to: the lines along which it scans, the gravest first. */
interface Scan {
  readonly ids: readonly number[];
  readonly scanned: readonly Sequence[];
  /** Whether half of its contacts at least are seen by sampled exporters alone. */
  readonly sampled: boolean;
  readonly flagged: boolean;
}

/**
 * Sources whose first contacts along one line (ports of a host, hosts at a port) are a scanner's.
 * All lines of a source make one finding.
 *
 * @param view with conversations
 * @param kind which line
 */
export function findScans(view: MonitorView, kind: ScanKind): Finding[] {
  const { attempts } = view;
  if (attempts.isOneWay(false) || attempts.isOneWay(true)) {
    view.notes.add(
      "Mostly one direction of traffic is exported: of UDP and ICMP, and of TCP without flags, it " +
        "does not show who was not answered; scans by these are not judged.",
    );
  }
  const found: { source: number; scan: Scan }[] = [];
  for (const [source, ids] of attempts.suspects(LEAST_FAILURES)) {
    const scan = walk(view, { kind, ids, ordinary: () => ORDINARY_SUCCESS });
    if (scan.scanned.length > 0) found.push({ source, scan });
  }
  if (found.length === 0) return [];
  // Those few are held against what is ordinary for the very service.
  const usual = kind.fixed === "port"
    ? usualSuccess(view, found.flatMap(({ scan }) => scan.scanned))
    : () => ORDINARY_SUCCESS;
  return found.flatMap(({ source, scan: { ids } }) => {
    const scan = walk(view, { kind, ids, ordinary: usual });
    if (scan.scanned.length === 0 || view.isExpected(source, ["scanner"], kind.type)) return [];
    return [describe(view, { kind, source, ...scan })];
  });
}

/** The walks of a source's first contacts. */
function walk(
  view: MonitorView,
  { kind, ids, ordinary }: {
    kind: ScanKind;
    ids: readonly number[];
    ordinary: (protocol: number, port: number) => number;
  },
): Scan {
  const { attempts } = view;
  const conversations = view.picture.conversations!;
  const { cells } = conversations;
  const sequences = new Map<number, Sequence>();
  let flagged = false;
  for (const id of ids) {
    const { asked, protocol, port } = conversations.key(id);
    const at = conversations.at(id);
    const line = kind.fixed === "host" ? asked * 256 + protocol : protocol * 65_536 + port;
    let sequence = sequences.get(line);
    if (sequence === undefined) {
      sequence = {
        walk: new RandomWalk(),
        host: asked,
        protocol,
        port,
        first: cells[at + CELL.FIRST],
        last: 0,
        contacts: 0,
        hidden: 0,
      };
      sequences.set(line, sequence);
    }
    const hidden = conversations.onlySampled(id);
    sequence.contacts++;
    if (hidden) sequence.hidden++;
    flagged ||= cells[at + CELL.FORWARD_FLAGS] !== 0 || protocol !== 6;
    sequence.walk.step(CONTACT[attempts.outcome[id] as keyof typeof CONTACT], {
      atMs: cells[at + CELL.FIRST],
      ordinary: ordinary(protocol, port) * attempts.visible(id),
      weight: hidden ? SAMPLED_WEIGHT : 1,
    });
    sequence.last = Math.max(sequence.last, cells[at + CELL.LAST]);
  }
  const scanned = [...sequences.values()].filter(({ walk }) => walk.crossed)
    .sort((a, b) => b.walk.failures - a.walk.failures);
  const count = (of: (sequence: Sequence) => number) =>
    scanned.reduce((total, sequence) => total + of(sequence), 0);
  const sampled = count(({ hidden }) => hidden) * 2 >= count(({ contacts }) => contacts);
  return { ids, scanned, sampled, flagged };
}

function describe(
  view: MonitorView,
  { kind, source, scanned, sampled, flagged }: Scan & { kind: ScanKind; source: number },
): Finding {
  const { hosts } = view.picture;
  const address = hosts.address(source);
  const failed = sum(scanned, ({ failures }) => failures);
  const succeeded = sum(scanned, ({ successes }) => successes);
  const [main] = scanned;
  const target = hosts.address(main.host);
  const vertical = kind.fixed === "host";
  const others = scanned.length > 1 ? ` and ${scanned.length - 1} more` : "";
  const graded = grade(0.6 + 0.38 * Math.min(1, failed / MANY_FAILURES), [
    [sampled, 0.6, "the exporter samples, so answers may have been missed"],
    [!flagged, 0.7, "TCP flags are not exported, so outcomes are told from sizes"],
    [
      (succeeded - sum(scanned, ({ probed }) => probed)) * ANSWERED_PART >= failed,
      0.4,
      "more than a third were answered, as those of peers or of monitoring are",
    ],
  ]);
  return {
    type: kind.type,
    severity: graded.confidence < 0.5
      ? "info"
      : view.isInternal(source) && failed >= MANY_FAILURES
      ? "critical"
      : "warning",
    subject: vertical && scanned.length === 1
      ? { kind: "conversation", name: `${address} > ${target}`, hosts: [address, target] }
      : {
        kind: "host",
        name: address,
        hosts: vertical
          ? [address, ...scanned.slice(0, MAX_SUBJECT_HOSTS - 1).map((s) => hosts.address(s.host))]
          : [address],
      },
    summary: vertical
      ? `${address} tried ${
        countOf(failed + succeeded, "port")
      } of ${target}${others}: ${failed} failed.`
      : `${address} tried ${view.service(main.protocol, main.port)}${others} on ` +
        `${
          countOf(main.walk.failures + main.walk.successes, "host")
        }: ${main.walk.failures} failed.`,
    numbers: {
      attempts: failed + succeeded,
      failed,
      succeeded,
      [vertical ? "hosts" : "ports"]: scanned.length,
      [vertical ? "most_ports_of_a_host" : "most_hosts_at_a_port"]: main.walk.failures +
        main.walk.successes,
    },
    first_seen_ms: Math.min(...scanned.map(({ first }) => first)),
    last_seen_ms: Math.max(...scanned.map(({ last }) => last)),
    told_at_ms: Math.min(...scanned.map(({ walk }) => walk.crossedMs)),
    evidence: view.evidence(
      vertical
        ? `src host ${address} and dst host ${target}`
        : `src host ${address} and proto ${main.protocol}${
          main.port === 0 ? "" : ` and dst port ${main.port}`
        }`,
      {
        group_by: [vertical ? "dst_port" : "dst_addr", "tcp_flags"],
        metrics: ["flows", "packets", "bytes"],
      },
    ),
    method: `threshold random walk (Jung et al. 2004) over first contacts with ${
      vertical ? "each port of a host" : "each host at a port"
    }; success is an answer that is no reset`,
    confidence: graded.confidence,
    confidence_because: `${failed} of ${failed + succeeded} first contacts failed; ` +
      graded.because,
    benign_explanations: [
      "a vulnerability scanner or inventory run of one's own",
      vertical
        ? "a firewall that drops answers, so that every try looks like a failure"
        : "monitoring, or a peer-to-peer or discovery client whose peers have gone",
    ],
  };
}

function sum(scanned: readonly Sequence[], of: (walk: RandomWalk) => number): number {
  return scanned.reduce((total, { walk }) => total + of(walk), 0);
}
