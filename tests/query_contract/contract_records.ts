import { readRecord } from "../../core/flow/record_reader.ts";
import type { FlowRecord } from "../../core/flow/schema.ts";
import { FlowFixture } from "../support/flow_fixture.ts";
import type { ContractRows } from "./contract_engine.ts";

/** Every row as a record, from a ring that has room for all of them. */
export function recordsOf({ capability, rows }: ContractRows): FlowRecord[] {
  const fixture = new FlowFixture({ capability, capacity: 2 * rows.length });
  fixture.add(...rows);
  const { ring } = fixture.source;
  return rows.map((_, i) => readRecord(ring.columns, i, fixture.source));
}

/** The rows of several collectors as those of one, by arrival: several times what a ring holds. */
export function together(collectors: readonly ContractRows[]): ContractRows[] {
  const rows = collectors.flatMap((one) => one.rows)
    .sort((a, b) => Number(a.received_at) - Number(b.received_at));
  return [{ capability: "collector", rows }];
}
