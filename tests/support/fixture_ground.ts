import type { Ground } from "../../core/analysis/inquiry.ts";
import type { CollectionHealth } from "../../core/exporter/collection_health.ts";
import type { NameDirectory } from "../../core/names/name_directory.ts";
import { ServiceNames } from "../../core/names/service_names.ts";
import type { FlowQuery } from "../../core/query/engine/flow_query.ts";
import { QueryEngine } from "../../core/query/engine/run_query.ts";
import type { FlowFixture } from "./flow_fixture.ts";

/** Collection that has always run and lost nothing. */
export const HEALTHY: CollectionHealth = {
  collecting_since: -1e12,
  listening_since: null,
  collecting_until: null,
  not_listening: [],
  loopback_only: false,
  dated_ahead: [],
  downtime: [],
  undecoded: false,
  untracked: 0,
  loss: [],
  uncountable: [],
  sets_without_template: 0,
  silence_severity: "info",
  silent_exporters: [],
  unknown_sampling: [],
  silent_streams: [],
};

const names = new ServiceNames();

/** What analyses ask, over rings that a test filled; `asked` are the queries in order. */
export function fixtureGround(
  fixtures: readonly FlowFixture[],
  { health = () => HEALTHY, directory }: {
    health?: Ground["health"];
    directory?: NameDirectory;
  } = {},
): Ground & { readonly asked: FlowQuery[] } {
  const engine = new QueryEngine();
  const asked: FlowQuery[] = [];
  return {
    asked,
    /** The latest "now" that was asked for. */
    get nowMs() {
      return Math.max(...asked.map(({ window }) => window.untilNow ? window.toMs : -Infinity), 0);
    },
    run: (query) => {
      asked.push(query);
      return engine.run(fixtures.map(({ source }) => source), query, { names, directory });
    },
    health,
  };
}
