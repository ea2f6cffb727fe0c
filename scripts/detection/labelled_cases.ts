import type { FixtureRow } from "../../tests/support/flow_fixture.ts";

/** Where labelled flows stand beside a checkout; not part of it, since not all may be copied. */
const FOLDER = new URL("../../../shared/corpus/anomaly/", import.meta.url);
const PROTOCOLS: Readonly<Record<string, number>> = {
  tcp: 6,
  udp: 17,
  icmp: 1,
  "ipv6-icmp": 58,
  icmp6: 58,
};

/** Labelled flows of one capture. */
export interface LabelledCase {
  readonly id: string;
  readonly what: string;
  /** Addresses that a right finding names. */
  readonly names: readonly string[];
  readonly rows: FixtureRow[];
}

/** All labelled captures; none where the folder is not there. */
export function labelledCases(): LabelledCase[] {
  let folders: string[];
  try {
    folders = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort();
  } catch {
    return [];
  }
  return folders.map((id) => {
    const label = JSON.parse(Deno.readTextFileSync(new URL(`${id}/label.json`, FOLDER)));
    const lines = Deno.readTextFileSync(new URL(`${id}/flows.csv`, FOLDER)).trim().split("\n");
    const rows = lines.slice(1).flatMap(flowsOf)
      .sort((a, b) => Number(a.received_at) - Number(b.received_at));
    // Where the label does not say who, it is the host that most flows name.
    const names = label.attacker === undefined ? [busiest(rows)] : [label.attacker];
    if (label.victim !== undefined) names.push(String(label.victim).split("/")[0]);
    return { id, what: label.type, names, rows };
  });
}

/** One line as the flow records that an exporter would send: one for each direction. */
function flowsOf(line: string): FixtureRow[] {
  const [start, lasts, name, src, sport, dst, dport, packets, bytes, there, thereBytes, flags] =
    line
      .split(",");
  const protocol = PROTOCOLS[name] ?? Number(name);
  if (!(protocol > 0) || src === "" || dst === "") return [];
  const flow = (from: string, fromPort: string, to: string, toPort: string) => ({
    exporter: "192.0.2.250",
    received_at: Number(start) + Number(lasts),
    start_at: Number(start),
    end_at: Number(start) + Number(lasts),
    src_addr: from,
    dst_addr: to,
    protocol,
    ...(fromPort === "" ? {} : { src_port: Number(fromPort) }),
    ...(toPort === "" ? {} : { dst_port: Number(toPort) }),
    ...(flags === "" ? {} : { tcp_flags: Number(flags) }),
  });
  const one = flow(src, sport, dst, dport);
  if (there === "") return [{ ...one, packets: Number(packets), bytes: Number(bytes) }];
  const back = Number(packets) - Number(there);
  return [
    { ...one, packets: Number(there), bytes: Number(thereBytes) },
    ...(back > 0
      ? [{
        ...flow(dst, dport, src, sport),
        packets: back,
        bytes: Number(bytes) - Number(thereBytes),
      }]
      : []),
  ];
}

function busiest(rows: readonly FixtureRow[]): string {
  const counts = new Map<string, number>();
  for (const { src_addr, dst_addr } of rows) {
    for (const address of [src_addr, dst_addr]) {
      counts.set(String(address), (counts.get(String(address)) ?? 0) + 1);
    }
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0][0];
}
