import type { InterfaceNameKeeper } from "../interface_name_keeper.ts";
import type { RowCells } from "./row_cells.ts";

/**
 * Gives a row what the agent calls its interfaces, as far as counter samples told.
 *
 * @param cells of the row
 * @param names that agents told; undefined where nobody keeps them
 * @param head of the sample: its agent's address, and ifIndexes, -1 for none
 */
export function putInterfaceNames(
  cells: RowCells,
  names: InterfaceNameKeeper | undefined,
  { exporter, input, output }: {
    readonly exporter: Uint32Array | null;
    readonly input: number;
    readonly output: number;
  },
): void {
  if (names === undefined || exporter === null) return;
  const inName = input < 0 ? -1 : names.find(exporter, input);
  if (inName >= 0) cells.put(cells.of.in_if_name, inName);
  const outName = output < 0 ? -1 : names.find(exporter, output);
  if (outName >= 0) cells.put(cells.of.out_if_name, outName);
}
