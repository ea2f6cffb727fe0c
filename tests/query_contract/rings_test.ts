import { readRecord } from "../../core/flow/record_reader.ts";
import { NameDirectory } from "../../core/names/name_directory.ts";
import type { FlowSource } from "../../core/query/flow_source.ts";
import { QueryEngine } from "../../core/query/engine/run_query.ts";
import { NAME_DATA } from "../support/filter/sample_names.ts";
import { FlowFixture } from "../support/flow_fixture.ts";
import { CONTRACT_NAMES, type ContractEngine, type ContractRows } from "./contract_engine.ts";
import { testQueryContract } from "./query_contract.ts";

function engineOver(sources: readonly FlowSource[]): ContractEngine {
  const engine = new QueryEngine();
  const directory = new NameDirectory(NAME_DATA);
  return {
    records: sources.flatMap(({ ring, ...context }) =>
      Array.from(
        { length: ring.committed - ring.oldest },
        (_, i) => readRecord(ring.columns, (ring.oldest + i) & ring.mask, context),
      )
    ),
    run: (query) => engine.run(sources, query, { names: CONTRACT_NAMES, directory }),
  };
}

/** The rows `times` over in a ring that holds about half of them once. */
function filled({ capability, rows }: ContractRows, capacity: number): FlowSource {
  const fixture = new FlowFixture({ capability, capacity });
  fixture.add(...rows);
  return fixture.source;
}

testQueryContract(
  "one ring",
  (collectors) => engineOver(collectors.map((rows) => filled(rows, 1024))),
  { collectors: 1, seed: 11 },
);

testQueryContract(
  "the rings of three collectors",
  (collectors) => engineOver(collectors.map((rows) => filled(rows, 1024))),
  { collectors: 3, seed: 12 },
);

testQueryContract(
  "a ring that has gone round",
  // All rows of four, by arrival, in a ring that holds less than half of them.
  (collectors) => {
    const rows = collectors.flatMap((one) => one.rows)
      .sort((a, b) => Number(a.received_at) - Number(b.received_at));
    const engine = engineOver([filled({ capability: "collector", rows }, 1024)]);
    return { ...engine, heldFromMs: Date.parse(engine.records[0].received_at!) };
  },
  { collectors: 4, seed: 13 },
);
