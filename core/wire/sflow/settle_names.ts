import type { InterfaceNameKeeper } from "../interface_name_keeper.ts";
import { LIMITS } from "../limits.ts";
import type { Agent } from "./agent_ledger.ts";
import type { DatagramProblems } from "./datagram_problems.ts";

/**
 * Ends a datagram for the names of interfaces: once flows of an agent have been decoded, what it
 * calls them counts; names that found no room are told.
 *
 * @param agent that it came from, and `problems` of the datagram
 * @param names where they are kept, if anywhere; `exporter`, four words; flow `records` that the
 *   datagram gave; `nowMs`, Unix milliseconds
 */
export function settleNames(
  { agent, problems }: { agent: Agent; problems: DatagramProblems },
  { names, exporter, records, nowMs }: {
    names: InterfaceNameKeeper | undefined;
    exporter: Uint32Array | null;
    records: number;
    nowMs: number;
  },
): void {
  if (names === undefined || exporter === null) return;
  if (records > 0 && nowMs - agent.confirmedMs >= LIMITS.confirmEveryMs) {
    agent.confirmedMs = nowMs;
    names.confirm(exporter, nowMs);
  }
  const count = names.takeLosses();
  if (count === 0) return;
  const found = () => "names of more interfaces";
  problems.add("learnt_facts_full", 0, { found, expected: "room to keep them", count });
}
