import type { Clock } from "../../flow/clock.ts";
import { reachServer } from "../reach_server.ts";
import type { Finding } from "./finding.ts";

const WATCH_MS = 2000;

/** What of capability_status is looked at. */
interface Status {
  readonly capabilities: readonly {
    readonly name: string;
    readonly collectors: readonly {
      readonly port: number;
      readonly running: boolean;
      readonly last_error: string | null;
      readonly counters: { readonly datagrams: number };
    }[];
    readonly exporters: readonly { readonly sequence_lost: number }[];
  }[];
}

/** What watching a server's collectors came to. */
export interface SeenRates {
  readonly findings: Finding[];
  /** Datagrams a second of the busiest collector; null where none runs. */
  readonly rate: number | null;
  /** Ports of those that run. */
  readonly ports: ReadonlySet<number>;
}

/**
 * Watches a running server's collectors for two seconds.
 *
 * @param url of its `/mcp`
 * @param clock waits between two looks
 * @throws {CommandFailure} when no server answers there
 */
export async function askRates(
  url: URL,
  clock: Pick<Clock, "now" | "after">,
): Promise<SeenRates> {
  const client = await reachServer(url, "leave --url out");
  const look = async () => {
    const answer = await client.callTool({ name: "capability_status", arguments: {} });
    return { atMs: clock.now(), status: answer.structuredContent as unknown as Status };
  };
  try {
    const before = await look();
    await new Promise<void>((resolve) => clock.after(WATCH_MS, resolve));
    const after = await look();
    return compare(before.status, after.status, (after.atMs - before.atMs) / 1000);
  } finally {
    await client.close();
  }
}

function compare(
  before: Status,
  after: Status,
  seconds: number,
): SeenRates {
  const datagrams = new Map(
    before.capabilities.flatMap(({ name, collectors }) =>
      collectors.map(({ port, counters }) => [`${name} ${port}`, counters.datagrams])
    ),
  );
  let busiest: number | null = null;
  const findings: Finding[] = [];
  const ports = new Set<number>();
  for (const { name, collectors, exporters } of after.capabilities) {
    for (const { port, running, last_error, counters } of collectors) {
      if (!running) {
        const text = `does not run${last_error === null ? "" : `: ${last_error}`}`;
        findings.push({ verdict: "note", what: `${name} ${port}`, text });
        continue;
      }
      ports.add(port);
      const rate = (counters.datagrams - (datagrams.get(`${name} ${port}`) ?? 0)) / seconds;
      busiest = Math.max(busiest ?? 0, rate);
      const text = `${Math.round(rate).toLocaleString("en-US")} datagrams/s, ` +
        `${counters.datagrams.toLocaleString("en-US")} so far`;
      findings.push({
        verdict: counters.datagrams > 0 ? "ok" : "note",
        what: `${name} ${port}`,
        text,
      });
    }
    const lost = exporters.reduce((sum, { sequence_lost }) => sum + sequence_lost, 0);
    if (lost === 0) continue;
    const text = `${lost.toLocaleString("en-US")} are missing by their exporters' numbers; ` +
      "capability_status says of whom";
    findings.push({ verdict: "note", what: name, text });
  }
  return { findings, rate: busiest, ports };
}
