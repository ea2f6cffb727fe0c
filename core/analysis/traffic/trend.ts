import { unsettledNote } from "../../query/settled_until.ts";
import type { Inquiry, Table } from "../inquiry.ts";
import { bucketSeconds, rateSeries, SERIES_METRICS, SPARE_METRICS } from "../rate_series.ts";
import { becameOf, bitRate, collectedText, span, windowText } from "../wording.ts";
import { type FocusAnswer, noTraffic } from "./focus.ts";

/** How does traffic develop? A series by the flows' own time, spread over what they cover. */
export async function trend(inquiry: Inquiry, whole: Table): Promise<FocusAnswer> {
  const { window } = inquiry.scope;
  const table = await inquiry.ask({
    bucket_seconds: bucketSeconds(window),
    metrics: SERIES_METRICS,
  }, { spare: SPARE_METRICS });
  const { bucketSeconds: bucket_seconds } = table;
  if (table.rows.length === 0 || table.covered === null) return noTraffic(inquiry.scope, table);
  const { nowMs } = inquiry.ground;
  const { covered } = table;
  const series = rateSeries(table, { nowMs });
  const unsettled = unsettledNote({ fromMs: covered.from, toMs: covered.to }, {
    longestMs: series.longest_ms,
    bucketMs: bucket_seconds * 1000,
    nowMs,
  });
  if (unsettled !== null) inquiry.note(unsettled);
  const { average, slope, peak, peak_at, p95, fitted_end } = series;
  const course = slope === null
    ? "no clear trend"
    : `${slope > 0 ? "rising" : "falling"} by ${bitRate(Math.abs(slope) * 60)} a minute`;
  return {
    headline: peak === null
      ? `Of ${windowText(window)} too little was ${becameOf([whole.scan])} for a trend.`
      : `In ${collectedText(window, whole)} ${
        bitRate(average)
      } on average, ${course}; 95 % of the time at ` +
        `most ${bitRate(p95)}, at the peak ${bitRate(peak)} at ${peak_at} (over ` +
        `${span(bucket_seconds * 1000)}).`,
    items: [
      {
        kind: "trend",
        bucket_seconds,
        average_bits_per_second: average,
        p95_bits_per_second: p95,
        peak_bits_per_second: peak,
        peak_at,
        slope_bits_per_second_per_minute: slope === null ? null : slope * 60,
        fitted_end_bits_per_second: fitted_end,
      },
      ...series.buckets.map((bucket) => ({ kind: "bucket", ...bucket })),
    ],
    omitted: 0,
    query: { bucket_seconds, metrics: ["bytes", "packets", "flows", "bps"] },
  };
}
