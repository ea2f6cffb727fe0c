import { countOf } from "../../count_of.ts";
import { CELL } from "../picture/conversations.ts";
import { type Finding, MAX_SUBJECT_HOSTS } from "../finding.ts";
import type { Monitor } from "../monitor.ts";
import type { MonitorView } from "../monitor_view.ts";
import { OUTCOME } from "./attempts.ts";
import { grade } from "./grade.ts";
import { LEAST_FAILURES } from "./random_walk.ts";

/** Hosts that are wanted to know what is usual. */
const LEAST_HOSTS = 20;
/** A port is rare when at most this part of the hosts use it, or one host alone. */
const RARE_SHARE = 0.02;
/** Ports from here on are handed out at random (RFC 6335 §6). */
const DYNAMIC = 49_152;
/** A host with so many rare ports is a peer of a network of peers, most likely. */
const MANY_PORTS = 20;
const PORTS = 2 * 65_536;
const MAX_SHOWN = 5;
/** A call lasts, goes both ways, and has no pauses: voice has 20 to 50 packets a second. */
const CALL_MS = 30_000;
const CALL_RATIO = 4;
const CALL_PACKETS_PER_SECOND = 10;

interface RareUse {
  readonly asker: number;
  readonly conversations: number[];
  readonly ports: Set<number>;
}

/** A host uses a service that hardly any other host uses, and that nobody used before. */
export const rarePorts: Monitor = {
  type: "rare_ports",
  parts: ["conversations", "ports"],
  looksBack: true,
  evaluate: findRarePorts,
};

function findRarePorts(view: MonitorView): Finding[] {
  const conversations = view.picture.conversations!;
  const { attempts } = view;
  const users = new Uint32Array(PORTS);
  const asks = new Uint8Array(view.picture.hosts.count);
  for (let id = 0; id < conversations.count; id++) {
    const slot = slotOf(view, id);
    if (slot < 0) continue;
    users[slot]++;
    asks[conversations.key(id).asker] = 1;
  }
  const askers = asks.reduce((sum, one) => sum + one, 0);
  if (askers < LEAST_HOSTS) {
    // Where nothing was collected, that is told.
    if (conversations.count > 0) {
      const asked = askers === 0 ? "No host" : `Only ${countOf(askers, "host")}`;
      view.notes.add(`${asked} asked for something: too few to know which ports are rare.`);
    }
    return [];
  }
  const most = Math.max(1, Math.floor(askers * RARE_SHARE));
  // Conversations of a port are at least as many as its hosts: these few are worth counting.
  const rare = (slot: number) => users[slot] <= most * 4 && view.picture.ports!.flows[slot] === 0;
  const hostsOf = new Map<number, Set<number>>();
  const found = new Map<number, RareUse>();
  for (const pass of ["count", "collect"] as const) {
    for (let id = 0; id < conversations.count; id++) {
      const slot = slotOf(view, id);
      if (slot < 0 || !rare(slot)) continue;
      const { asker } = conversations.key(id);
      if (pass === "count") {
        const hosts = hostsOf.get(slot);
        if (hosts === undefined) hostsOf.set(slot, new Set([asker]));
        else hosts.add(asker);
      } else if (hostsOf.get(slot)!.size <= most && attempts.failures[asker] < LEAST_FAILURES) {
        const use = found.get(asker) ?? { asker, conversations: [], ports: new Set() };
        use.conversations.push(id);
        use.ports.add(slot);
        found.set(asker, use);
      }
    }
  }
  return [...found.values()]
    .filter(({ asker }) => !view.isExpected(asker, ["scanner", "monitoring"], "rare_ports"))
    .map((use) => describe(view, use, { askers, hostsOf }));
}

/** Whether it is like a call: UDP, long, steady, about as much there as back. */
function isCall({ picture }: MonitorView, id: number): boolean {
  const conversations = picture.conversations!;
  if (conversations.protocol(id) !== 17) return false;
  const { cells } = conversations;
  const at = conversations.at(id);
  const there = cells[at + CELL.FORWARD_BYTES];
  const back = cells[at + CELL.BACK_BYTES];
  const lasts = cells[at + CELL.LAST] - cells[at + CELL.FIRST];
  return lasts >= CALL_MS && Math.min(there, back) * CALL_RATIO >= Math.max(there, back) &&
    cells[at + CELL.FORWARD_PACKETS] >= CALL_PACKETS_PER_SECOND * lasts / 1000;
}

/** Number of a conversation's service: its port, UDP behind TCP; -1 where nothing came of it. */
function slotOf(view: MonitorView, id: number): number {
  const { attempts, picture } = view;
  if (attempts.outcome[id] !== OUTCOME.SUCCEEDED) return -1;
  const { protocol, port } = picture.conversations!.key(id);
  return protocol === 6 ? port : protocol === 17 ? 65_536 + port : -1;
}

function describe(
  view: MonitorView,
  { asker, conversations: ids, ports }: RareUse,
  { askers, hostsOf }: { askers: number; hostsOf: ReadonlyMap<number, ReadonlySet<number>> },
): Finding {
  const { hosts } = view.picture;
  const conversations = view.picture.conversations!;
  const { cells } = conversations;
  const octets = (id: number) =>
    cells[conversations.at(id) + CELL.FORWARD_BYTES] +
    cells[conversations.at(id) + CELL.BACK_BYTES];
  const ordered = [...ids].sort((a, b) => octets(b) - octets(a));
  const main = conversations.key(ordered[0]);
  const address = hosts.address(asker);
  const list = [...ports];
  const dynamic = list.every((slot) => (slot & 0xffff) >= DYNAMIC);
  const compared = view.picture.coveredFrom.has(view.picture.bins.reference);
  const users = list.map((slot) => hostsOf.get(slot)!.size);
  const rarest = Math.min(...users);
  const commonest = Math.max(...users);
  const named = view.context.serviceName(main.protocol, main.port) !== null;
  const graded = grade(0.7, [
    [dynamic, 0.4, "all of the ports are of the range that programs pick from at random"],
    [ports.size >= MANY_PORTS, 0.5, `${ports.size} such ports look like a network of peers`],
    [!compared, 0.7, "there is no time before the window to compare with"],
    [
      ids.every((id) => isCall(view, id)),
      0.6,
      "it is UDP that goes on, about as much each way, as of a call or a game",
    ],
    [named && !dynamic, 0.9, "the port belongs to a known service"],
  ]);
  const shown = ordered.slice(0, MAX_SHOWN).map((id) => {
    const { protocol, port } = conversations.key(id);
    return view.service(protocol, port);
  });
  const firstOf = (id: number) => cells[conversations.at(id) + CELL.FIRST];
  const first = Math.min(...ids.map(firstOf));
  return {
    type: "rare_ports",
    severity: graded.confidence >= 0.5 && !view.isInternal(main.asked) ? "warning" : "info",
    subject: {
      kind: "host",
      name: address,
      hosts: [
        ...new Set([address, ...ordered.map((id) => hosts.address(conversations.key(id).asked))]),
      ].slice(0, MAX_SUBJECT_HOSTS),
    },
    summary: `${address} uses ${[...new Set(shown)].join(", ")}${
      ports.size > shown.length ? " and others" : ""
    }, which ${commonest === 1 ? "no other" : `at most ${commonest}`} of ${
      countOf(askers, "host")
    } ${commonest === 1 ? "uses" : "use"}.`,
    numbers: {
      ports: ports.size,
      hosts_using_it: rarest,
      hosts: askers,
      surprise_bits: Math.round(-Math.log2((rarest + 0.5) / (askers + 1)) * 10) / 10,
      octets: ids.reduce((sum, id) => sum + octets(id), 0),
    },
    first_seen_ms: first,
    last_seen_ms: Math.max(...ids.map((id) => cells[conversations.at(id) + CELL.LAST])),
    told_at_ms: first,
    evidence: view.evidence(
      `host ${address} and ${view.serviceFilter(main.protocol, main.port)}`,
      { group_by: ["src_addr", "dst_addr", "service"] },
    ),
    method:
      "services that connections succeeded at, by the part of the hosts that use them; none " +
      "that was used before the window",
    confidence: graded.confidence,
    confidence_because: `${rarest} of ${askers} hosts use it; ${graded.because}`,
    benign_explanations: [
      "an application that one host alone needs",
      "passive FTP, calls and peers choose ports at random",
    ],
  };
}
