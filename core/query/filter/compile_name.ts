import { PRESENCE_WORDS } from "../../flow/schema.ts";
import type { NameDirectory } from "../../names/name_directory.ts";
import { noCountries } from "../missing_names.ts";
import { type FilterColumns, needColumn, presencePlace, type RowTest } from "./filter_columns.ts";
import { addressColumns } from "./filter_fields.ts";
import type { CountryNode, InternalNode, LabelNode, SideName } from "./filter_node.ts";

/** Answers kept, by address: a power of two. Where two addresses fall together the later one stays. */
const KEPT = 4096;
const UNKNOWN = 0;
const WANTED = 1;
const UNWANTED = 2;

/** Whether the address at a place is wanted. */
type AddressTest = (words: Uint32Array, at: number) => boolean;

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
  const kept = keep(test);
  const [left, right] = addressColumns(field).map((name): RowTest => {
    const { presence } = columns;
    const { word, mask } = presencePlace(name);
    const words = needColumn(columns, name);
    return (slot) => (presence[slot * PRESENCE_WORDS + word] & mask) !== 0 && kept(words, slot * 4);
  });
  return right ? (slot) => left(slot) || right(slot) : left;
}

/** The same test, which looks most addresses up once. Nothing grows, nothing is allocated a row. */
function keep(test: AddressTest): AddressTest {
  const keys = new Uint32Array(KEPT * 4);
  const answers = new Uint8Array(KEPT);
  return (words, at) => {
    const w0 = words[at], w1 = words[at + 1], w2 = words[at + 2], w3 = words[at + 3];
    let hash = Math.imul(w0 ^ Math.imul(w1, 0x85eb_ca6b), 0xc2b2_ae35) ^ w2;
    hash = Math.imul(hash ^ w3, 0x9e37_79b1);
    const place = (hash ^ (hash >>> 15)) & (KEPT - 1);
    const key = place * 4;
    const same = keys[key + 3] === w3 && keys[key + 2] === w2 && keys[key + 1] === w1 &&
      keys[key] === w0;
    if (same && answers[place] !== UNKNOWN) return answers[place] === WANTED;
    keys[key] = w0;
    keys[key + 1] = w1;
    keys[key + 2] = w2;
    keys[key + 3] = w3;
    const wanted = test(words, at);
    answers[place] = wanted ? WANTED : UNWANTED;
    return wanted;
  };
}
