import type { FlowRecord } from "../../core/flow/schema.ts";
import type { FlowQuery } from "../../core/query/engine/flow_query.ts";
import type { QueryAnswer } from "../../core/query/engine/query_answer.ts";
import type { QueryNames } from "../../core/query/engine/query_fold.ts";
import type { FixtureRow } from "../support/flow_fixture.ts";

/** Rows of one collector, by their arrival. */
export interface ContractRows {
  readonly capability: string;
  readonly rows: readonly FixtureRow[];
}

/** An engine that has taken in rows. */
export interface ContractEngine {
  /** All that it holds, as records: what queries are about. */
  readonly records: readonly FlowRecord[];
  /** Arrival of the oldest of them where it has lost older ones, Unix milliseconds. */
  readonly heldFromMs?: number;
  run(query: FlowQuery): Promise<Answer>;
  /** Gives up what it holds. */
  close?(): void;
}

/** What of an answer the contract is about. */
export type Answer = Pick<
  QueryAnswer,
  "columns" | "rows" | "other" | "totals" | "more" | "approximate"
>;

/** Makes an engine that holds the rows of some collectors. */
export type EngineFactory = (
  collectors: readonly ContractRows[],
) => ContractEngine | Promise<ContractEngine>;

const SERVICES: Readonly<Record<number, string>> = { 80: "http", 443: "https", 8080: "http-alt" };
const namedPorts = new Uint8Array(65_536);
for (const port of Object.keys(SERVICES)) namedPorts[Number(port)] = 1;

/** The service names that engines under the contract know. */
export const CONTRACT_NAMES: QueryNames = {
  namedPorts,
  serviceName: (_protocol, port) => SERVICES[port] ?? null,
};
