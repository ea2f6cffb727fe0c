import { PRESENCE_WORDS } from "../../flow/schema.ts";
import type { NameDirectory } from "../../names/name_directory.ts";
import { noCountries } from "../missing_names.ts";
import { type FilterColumns, needColumn, presencePlace, type RowTest } from "./filter_columns.ts";
import { addressColumns } from "./filter_fields.ts";
import { type AddressTest, keepAnswers } from "./keep_answers.ts";
import type { CountryNode, InternalNode, LabelNode, SideName } from "./filter_node.ts";

/** Compiles a label. */
export function compileLabel(
  { field, label }: LabelNode,
  columns: FilterColumns,
  directory: NameDirectory,
): RowTest {
  const wanted = directory.labels.indexOf(label);
  if (wanted < 0) return () => false;
  return eachSide(field, columns, (words, at) => directory.labelNumber(words, at) === wanted);
}

/** Compiles a test for the operator's own addresses, or for all others. */
export function compileInternal(
  { field, internal }: InternalNode,
  columns: FilterColumns,
  directory: NameDirectory,
): RowTest {
  return eachSide(field, columns, (words, at) => directory.isInternal(words, at) === internal);
}

/**
 * Compiles countries.
 *
 * @throws {QueryError} where no database is configured
 */
export function compileCountry(
  { field, codes }: CountryNode,
  columns: FilterColumns,
  { countries }: NameDirectory,
): RowTest {
  if (countries === null) throw noCountries("filter");
  const wanted = new Set<string | null>(codes);
  return eachSide(field, columns, (words, at) => wanted.has(countries.country(words, at)));
}

function eachSide(field: SideName, columns: FilterColumns, test: AddressTest): RowTest {
  const kept = keepAnswers(test);
  const [left, right] = addressColumns(field).map((name): RowTest => {
    const { presence } = columns;
    const { word, mask } = presencePlace(name);
    const words = needColumn(columns, name);
    return (slot) => (presence[slot * PRESENCE_WORDS + word] & mask) !== 0 && kept(words, slot * 4);
  });
  return right ? (slot) => left(slot) || right(slot) : left;
}
