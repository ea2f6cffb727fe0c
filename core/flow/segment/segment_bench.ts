import { routerRows } from "../../../tests/support/router_rows.ts";
import { Dictionary } from "../dictionary.ts";
import { FlowRing } from "../ring.ts";
import { FLOW_TABLE } from "../schema.ts";
import { RowCopy } from "./row_copy.ts";
import { SegmentDecoder } from "./segment_decoder.ts";
import { openDirectory, SEGMENT_ROWS } from "./segment_directory.ts";
import { SegmentEncoder } from "./segment_encoder.ts";
import { SegmentFault } from "./segment_fault.ts";

const dictionary = new Dictionary(Dictionary.allocate());
const ring = new FlowRing(FlowRing.allocate(4 * SEGMENT_ROWS));
routerRows(ring)(SEGMENT_ROWS);
const copy = new RowCopy(FLOW_TABLE, SEGMENT_ROWS);
const encoder = new SegmentEncoder(FLOW_TABLE, { seed: 99 });
const decoder = new SegmentDecoder(FLOW_TABLE);
copy.take(ring, 0, SEGMENT_ROWS);
const segment = encoder.encode(copy, SEGMENT_ROWS, dictionary);
const octets = (segment.octets / SEGMENT_ROWS).toFixed(1);
const TOP = ["received_at", "sampling_source", "event", "src_addr", "bytes"] as const;

/** 1 ms is 65.5 M rows/s. */
Deno.bench(`seal 65,536 rows (${octets} octets a row)`, () => {
  copy.take(ring, 0, SEGMENT_ROWS);
  encoder.encode(copy, SEGMENT_ROWS, dictionary);
});

Deno.bench("decode what a top 10 of sources reads of 65,536 rows", () => {
  const directory = openDirectory(segment.directory);
  if (directory instanceof SegmentFault) throw directory;
  const decoded = decoder.decode(directory, TOP, segment.pages);
  if (decoded instanceof SegmentFault) throw decoded;
});
