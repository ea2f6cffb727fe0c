import type { Dictionary } from "../../flow/dictionary.ts";
import { isInNetwork, type NetworkWords, networkWords, parseNetwork } from "../../flow/network.ts";
import { PRESENCE_WORDS } from "../../flow/schema.ts";
import type { NameDirectory } from "../../names/name_directory.ts";
import { compileText } from "./compile_text.ts";
import { type FilterColumns, needColumn, presencePlace, type RowTest } from "./filter_columns.ts";
import { interfaceSides } from "./filter_fields.ts";
import type { InterfaceNode } from "./filter_node.ts";

/** What of a block the names of interfaces are read from. */
interface InterfaceBlock {
  readonly columns: FilterColumns;
  readonly dictionary: Pick<Dictionary, "text">;
}

/**
 * Compiles the name of an interface: one that the exporter gave it, or the configuration. Flows that
 * came before the name did match too.
 *
 * @param node the condition
 * @param block that is read
 * @param directory of the names that are configured or learnt
 */
export function compileInterface(
  { field, name }: InterfaceNode,
  { columns, dictionary }: InterfaceBlock,
  directory: NameDirectory,
): RowTest {
  const exporters = exportersByIndex(directory, name);
  const tests = interfaceSides(field).map((side): RowTest => {
    const announced = compileText(
      { kind: "text", field: `${side}_name`, op: "=", value: name },
      columns,
      dictionary,
    );
    if (exporters.size === 0) return announced;
    const known = compileKnown(side, columns, exporters);
    return (slot) => announced(slot) || known(slot);
  });
  const [left, right] = tests;
  return right ? (slot) => left(slot) || right(slot) : left;
}

function exportersByIndex(directory: NameDirectory, name: string): Map<number, NetworkWords[]> {
  const exporters = new Map<number, NetworkWords[]>();
  for (const known of directory.interfacesNamed(name)) {
    const words = networkWords(parseNetwork(known.exporter)!);
    const others = exporters.get(known.ifIndex);
    if (others === undefined) exporters.set(known.ifIndex, [words]);
    else others.push(words);
  }
  return exporters;
}

function compileKnown(
  side: "in_if" | "out_if",
  columns: FilterColumns,
  exporters: ReadonlyMap<number, readonly NetworkWords[]>,
): RowTest {
  const { presence } = columns;
  const index = presencePlace(side);
  const from = presencePlace("exporter");
  const indices = needColumn(columns, side);
  const addresses = needColumn(columns, "exporter");
  const address = new Uint32Array(4);
  return (slot) => {
    const known = (presence[slot * PRESENCE_WORDS + index.word] & index.mask) !== 0 &&
      (presence[slot * PRESENCE_WORDS + from.word] & from.mask) !== 0;
    const candidates = known ? exporters.get(indices[slot]) : undefined;
    if (candidates === undefined) return false;
    for (let w = 0; w < 4; w++) address[w] = addresses[slot * 4 + w];
    for (let i = 0; i < candidates.length; i++) {
      if (isInNetwork(address, candidates[i])) return true;
    }
    return false;
  };
}
