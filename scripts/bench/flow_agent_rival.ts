import { builtInCapabilities } from "../../capabilities/registry.ts";
import { CaptureDecoding } from "../../core/cli/capture_decoding.ts";
import type { FlowSource } from "../../core/query/flow_source.ts";
import { type FlowQuery, flowQuery } from "../../core/query/engine/flow_query.ts";
import { QueryEngine } from "../../core/query/engine/run_query.ts";
import { VERSION } from "../../core/version.ts";
import type { Measures, Rival } from "./rival.ts";

const TUPLE = ["src_addr", "dst_addr", "src_port", "dst_port", "protocol"];

/** Decodes a capture into a ring. */
export async function ringOf(capture: string, rows: number): Promise<FlowSource> {
  const decoding = new CaptureDecoding(builtInCapabilities, { capacity: rows, clamped: true });
  await decoding.file(capture, (...datagram) => decoding.decoder.keep(...datagram));
  return decoding.decoder.sources[0];
}

/** flow-agent's own engine over a ring. */
export function flowAgentRival(source: FlowSource): Rival {
  const engine = new QueryEngine();
  const names = { namedPorts: new Uint8Array(65_536), serviceName: () => null };
  const window = { fromMs: 0, toMs: 8e12, untilNow: true };
  const times = source.ring.columns.received_at;
  const arrivals = { fromMs: times[0], toMs: times[source.ring.committed - 1], untilNow: true };
  const ask = async (query: Partial<FlowQuery>): Promise<Measures> => {
    const { rows } = await engine.run(
      [source],
      flowQuery({ window, limit: 10, metrics: ["bytes"], ...query }),
      { names },
    );
    return rows.map((row) => row.at(-1) as number);
  };
  return {
    name: "flow-agent",
    version: VERSION,
    ask: {
      sources: () => ask({ group_by: ["src_addr"] }),
      tuples: () => ask({ group_by: TUPLE }),
      filtered: () => ask({ filter: "dst port 443 and bytes > 10k", group_by: ["dst_addr"] }),
      series: () => ask({ window: arrivals, bucket_seconds: 300, time: "arrival" }),
      p95: () => ask({ group_by: TUPLE, metrics: ["p95(bytes)"] }),
      ports: () => ask({ group_by: ["src_addr"], metrics: ["distinct(dst_port)"] }),
    },
    close: () => {},
  };
}
