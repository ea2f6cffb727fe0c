import type { FlowArchive } from "../../core/query/flow_archive.ts";
import type { FlowSource } from "../../core/query/flow_source.ts";
import { type ScanReport, scanWindow } from "../../core/query/scan.ts";
import { numberedRows } from "./history_rows.ts";
import { SealedRings } from "./sealed_rings.ts";

/** Every window. */
export const ALL = { fromMs: 0, toMs: 1e15, untilNow: true };

/** Rows 0 to `rows` of one ring that goes round, sealed in segments of `block`. */
export function sealed(rows: number, block = 256): SealedRings {
  const rings = new SealedRings([{ capability: "json_udp", port: 1 }], { capacity: 4 * block });
  for (let first = 0; first < rows; first += block) {
    rings.add(0, numberedRows(Math.min(block, rows - first), { first, fromMs: first }));
    rings.work();
  }
  return rings;
}

/** The numbers of the rows that a scan sees. */
export async function scan(
  sources: readonly FlowSource[],
  archive: FlowArchive,
  { window = ALL, during = () => {} }: { window?: typeof ALL; during?: () => void } = {},
): Promise<{ seen: number[]; report: ScanReport }> {
  const seen: number[] = [];
  const report = await scanWindow(
    sources,
    { window, fields: ["bytes", "src_port"], archive },
    (block, { start, end }) => {
      seen.push(...block.bytes.subarray(start, end));
      during();
    },
  );
  return { seen, report };
}
