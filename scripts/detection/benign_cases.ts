import type { FixtureRow } from "../../tests/support/flow_fixture.ts";

/** Captures of real exporters beside a checkout; those of attacks have names that say so. */
const FOLDER = new URL("../../../shared/corpus/cases/", import.meta.url);
const ATTACKS = /mal7|synscan|icmpscan|synflood|cc1|malformed|invalid/;
/** With fewer flows there is nothing to judge. */
const LEAST_FLOWS = 25;

/** Flows of a capture in which nothing is labelled an attack. */
export interface BenignCase {
  readonly id: string;
  readonly rows: FixtureRow[];
}

interface DecodedFlow {
  readonly kind: string;
  readonly packetIndex: number;
  readonly srcAddr?: string;
  readonly dstAddr?: string;
  readonly srcPort?: number;
  readonly dstPort?: number;
  readonly protocol?: number;
  readonly bytes?: number;
  readonly packets?: number;
  readonly tcpFlags?: number;
  readonly startMs?: number;
  readonly endMs?: number;
}

/** Captures with enough flows, as an independent decoder read them; none where they are not there. */
export function benignCases(): BenignCase[] {
  let folders: string[];
  try {
    folders = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort();
  } catch {
    return [];
  }
  return folders.filter((id) => !ATTACKS.test(id)).flatMap((id) => {
    const text = Deno.readTextFileSync(new URL(`${id}/expected_ref.json`, FOLDER));
    const decoded: unknown = JSON.parse(text);
    const flows = (Array.isArray(decoded) ? decoded : []) as DecodedFlow[];
    const rows = flows.filter(({ kind, srcAddr, dstAddr }) =>
      kind === "flow" && srcAddr !== undefined && dstAddr !== undefined
    ).map(rowOf);
    return rows.length < LEAST_FLOWS ? [] : [{ id, rows }];
  });
}

/** A flow arrives when it ends, or where times are not told, a second after the last datagram. */
function rowOf(flow: DecodedFlow): FixtureRow {
  const end = flow.endMs ?? Date.UTC(2026, 0, 13) + flow.packetIndex * 1000;
  const known = {
    src_port: flow.srcPort,
    dst_port: flow.dstPort,
    protocol: flow.protocol,
    tcp_flags: flow.tcpFlags,
    start_at: flow.startMs,
    end_at: flow.endMs,
    bytes: flow.bytes,
    packets: flow.packets,
  };
  return {
    exporter: "192.0.2.251",
    received_at: end,
    src_addr: flow.srcAddr!,
    dst_addr: flow.dstAddr!,
    ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)),
  } as FixtureRow;
}
