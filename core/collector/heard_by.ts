import type { Heard } from "../exporter/collection_health.ts";
import type { Collector } from "./collector.ts";

/**
 * Whom collectors of this process have heard, and when they did not listen: what tells an exporter that
 * fell silent from one that nobody heard.
 *
 * @param collectors all of the process
 * @param untilMs end of the time that is asked about, Unix milliseconds
 */
export function heardBy(
  collectors: readonly Collector[],
  untilMs: number,
): Heard {
  return {
    exporters: collectors.flatMap(({ exporters }) => exporters.summaries())
      .map(({ address, last_seen_ms }) => ({ address, last_seen_ms })),
    downtime: collectors.flatMap((collector) =>
      collector.downtime(0, untilMs).map(({ from, to }) => {
        const { capability, port } = collector;
        return { capability, port, from, to };
      })
    ),
  };
}
