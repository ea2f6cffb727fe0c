import { countOf } from "../../count_of.ts";
import { type AmountCell, CELL } from "../picture/conversations.ts";
import { type Finding, MAX_SUBJECT_HOSTS } from "../finding.ts";
import type { Monitor } from "../monitor.ts";
import type { MonitorView } from "../monitor_view.ts";
import { grade } from "./grade.ts";
import { REFLECTORS } from "./reflectors.ts";

const UDP = 17;
/** Answers this many times as large as what was asked were not asked for. */
const LEAST_RATIO = 10;
/** Ordinary answers of these services are shorter on average. */
const LEAST_PACKET_OCTETS = 300;
/** Less than this in a window harms nobody. */
const LEAST_OCTETS = 1_000_000;
const LEAST_OCTETS_PER_SECOND = 10_000;
/** Of sampled traffic this many records are wanted, and so many answers for each request. */
const LEAST_SAMPLES = 20;
const LEAST_PACKET_RATIO = 4;
const FEW_REFLECTORS = 5;
const LOUD_OCTETS_PER_SECOND = 1_250_000;

/** Answers of one service to one host, over all who answered, as one kind of exporter shows them. */
interface Victim {
  readonly host: number;
  readonly port: number;
  answered: number;
  asked: number;
  packets: number;
  askedPackets: number;
  /** Records of answers. */
  records: number;
  reflectors: number;
  readonly examples: { host: number; bytes: number }[];
  first: number;
  last: number;
  readonly sampled: boolean;
}

/** A host gets large answers from servers that it has not asked, or hardly. */
export const amplification: Monitor = {
  type: "amplification",
  parts: ["conversations"],
  looksBack: false,
  evaluate: findAmplification,
};

function findAmplification(view: MonitorView): Finding[] {
  const least = Math.max(LEAST_OCTETS, LEAST_OCTETS_PER_SECOND * view.windowMs / 1000 / 15);
  const found = new Map<string, Finding>();
  for (const victim of victims(view)) {
    const { answered, asked, packets, askedPackets, records, sampled } = victim;
    if (
      answered < least || answered < asked * LEAST_RATIO ||
      answered < packets * LEAST_PACKET_OCTETS ||
      // A few packets that were taken show neither sizes nor that nobody asked.
      sampled && (records < LEAST_SAMPLES || packets < askedPackets * LEAST_PACKET_RATIO)
    ) continue;
    const finding = describe(view, victim);
    // Both kinds of exporter may see the same answers: the surer of them tells.
    const key = `${victim.host} ${victim.port}`;
    const other = found.get(key);
    if (other === undefined || other.confidence < finding.confidence) found.set(key, finding);
  }
  return [...found.values()];
}

/** By victim, service and whether exporters sample: estimates say nothing of what others count. */
function victims(view: MonitorView): Iterable<Victim> {
  const conversations = view.picture.conversations!;
  const { cells } = conversations;
  const kinds = conversations.sampledRows > 0 ? [false, true] : [false];
  const found = new Map<number, Victim>();
  for (let id = 0; id < conversations.count; id++) {
    if (conversations.protocol(id) !== UDP || !REFLECTORS.has(conversations.port(id))) continue;
    for (const sampled of kinds) {
      const of = (cell: AmountCell) => conversations.amount(id, cell, sampled);
      const records = of(CELL.BACK_FLOWS);
      // Where packets are sampled, of one exchange the request is seen, of another the answer.
      if (records === 0 && (!sampled || of(CELL.FORWARD_FLOWS) === 0)) continue;
      const { asker, asked, port } = conversations.key(id);
      const at = conversations.at(id);
      const key = (asker * 65_536 + port) * 2 + (sampled ? 1 : 0);
      let victim = found.get(key);
      if (victim === undefined) {
        found.set(key, victim = newVictim({ host: asker, port, sampled }));
      }
      // Requests that only exporters of the other kind see were made all the same.
      const seen = of(CELL.FORWARD_FLOWS) > 0 ? sampled : !sampled;
      victim.asked += conversations.amount(id, CELL.FORWARD_BYTES, seen);
      victim.askedPackets += conversations.amount(id, CELL.FORWARD_PACKETS, seen);
      if (records === 0) continue;
      const answered = of(CELL.BACK_BYTES);
      victim.answered += answered;
      victim.packets += of(CELL.BACK_PACKETS);
      victim.records += records;
      victim.reflectors++;
      victim.first = Math.min(victim.first, cells[at + CELL.FIRST]);
      victim.last = Math.max(victim.last, cells[at + CELL.LAST]);
      keepLargest(victim.examples, { host: asked, bytes: answered });
    }
  }
  return found.values();
}

function newVictim(of: Pick<Victim, "host" | "port" | "sampled">): Victim {
  return {
    ...of,
    answered: 0,
    asked: 0,
    packets: 0,
    askedPackets: 0,
    records: 0,
    reflectors: 0,
    examples: [],
    first: Infinity,
    last: -Infinity,
  };
}

function keepLargest(
  examples: { host: number; bytes: number }[],
  next: { host: number; bytes: number },
): void {
  if (examples.length >= MAX_SUBJECT_HOSTS - 1 && next.bytes <= examples.at(-1)!.bytes) return;
  examples.push(next);
  examples.sort((a, b) => b.bytes - a.bytes);
  examples.length = Math.min(examples.length, MAX_SUBJECT_HOSTS - 1);
}

function describe(view: MonitorView, victim: Victim): Finding {
  const { hosts } = view.picture;
  const { port, answered, asked, packets, reflectors, first, last } = victim;
  const address = hosts.address(victim.host);
  const { name } = REFLECTORS.get(port)!;
  const seconds = Math.max(1, (last - first) / 1000);
  const perPacket = answered / packets;
  const graded = grade(0.95, [
    [
      asked === 0 && view.attempts.isOneWay(victim.sampled),
      0.5,
      "mostly one direction of traffic is exported, so requests may not be seen",
    ],
    [asked > 0 && !victim.sampled, 0.8, "there are some requests, if few"],
    [reflectors < FEW_REFLECTORS, 0.6, `only ${reflectors} answer`],
  ]);
  return {
    type: "amplification",
    severity: graded.confidence < 0.4
      ? "info"
      : answered / seconds >= LOUD_OCTETS_PER_SECOND
      ? "critical"
      : "warning",
    subject: {
      kind: "host",
      name: address,
      hosts: [address, ...victim.examples.map(({ host }) => hosts.address(host))],
    },
    summary: `${address} got ${Math.round(answered / 1e6)} MB of ${name} answers from ` +
      `${countOf(reflectors, "server")} and sent ${Math.round(asked / 1e3)} kB of requests.`,
    numbers: {
      answer_octets: answered,
      request_octets: asked,
      reflectors,
      octets_per_packet: Math.round(perPacket),
      bits_per_second: Math.round(answered * 8 / seconds),
    },
    first_seen_ms: first,
    last_seen_ms: last,
    told_at_ms: first + (last - first) * Math.min(1, LEAST_OCTETS / answered),
    evidence: view.evidence(`dst host ${address} and proto udp and src port ${port}`, {
      group_by: ["src_addr"],
    }),
    method: "answers of reflector services (Rossow 2014) against requests for them, by victim; " +
      "size of the packets",
    confidence: graded.confidence,
    confidence_because: `${
      asked === 0
        ? "no requests at all"
        : `answers are ${Math.round(answered / asked)} times the requests`
    }, ${Math.round(perPacket)} octets a packet; ${graded.because}`,
    benign_explanations: [
      "a transfer over a port of this number, such as a zone or a download",
      "requests that go another way, which no exporter sees",
    ],
  };
}
