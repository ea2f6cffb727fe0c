import { PRESENCE_WORDS } from "../../flow/schema.ts";
import type { NameDirectory } from "../../names/name_directory.ts";
import { noSystems } from "../missing_names.ts";
import { type FilterColumns, needColumn, presencePlace, type RowTest } from "./filter_columns.ts";
import { asSides } from "./filter_fields.ts";
import type { AsNameNode } from "./filter_node.ts";
import { keepAnswers } from "./keep_answers.ts";

/**
 * Compiles names of autonomous systems: as `src_as_name` tells them, the number of the record counts,
 * and where it is unknown or 0 that of the address.
 *
 * @param node the condition
 * @param columns of the block
 * @param directory with the database
 * @throws {QueryError} where no database is configured
 */
export function compileAsName(
  { field, names }: AsNameNode,
  columns: FilterColumns,
  { systems }: NameDirectory,
): RowTest {
  if (systems === null) throw noSystems("filter");
  const wanted = new Set(names.flatMap((name) => systems.numbersOf(name)));
  const ofAddress = keepAnswers((words, at) => wanted.has(systems.asOf(words, at)));
  const { presence } = columns;
  const [left, right] = asSides(field).map(({ as, address }): RowTest => {
    const [number, place] = [presencePlace(as), presencePlace(address)];
    const [numbers, words] = [needColumn(columns, as), needColumn(columns, address)];
    return (slot) => {
      const bits = slot * PRESENCE_WORDS;
      const known = (presence[bits + number.word] & number.mask) !== 0 ? numbers[slot] : 0;
      if (known !== 0) return wanted.has(known);
      return (presence[bits + place.word] & place.mask) !== 0 && ofAddress(words, slot * 4);
    };
  });
  return right ? (slot) => left(slot) || right(slot) : left;
}
