import type { Dictionary } from "../../flow/dictionary.ts";
import { PRESENCE_WORDS } from "../../flow/schema.ts";
import { NameDirectory } from "../../names/name_directory.ts";
import { compileAddress, compileFamily } from "./compile_address.ts";
import { compileInterface } from "./compile_interface.ts";
import { compileAsName } from "./compile_as_name.ts";
import { compileCountry, compileInternal, compileLabel } from "./compile_name.ts";
import { compileCompare, compileMember } from "./compile_number.ts";
import { compilePortName, compileService } from "./compile_service.ts";
import { compileText } from "./compile_text.ts";
import {
  compileHas,
  type FilterColumns,
  needColumn,
  presencePlace,
  type RowTest,
} from "./filter_columns.ts";
import type { FilterNode, FlagsNode } from "./filter_node.ts";

/** What a filter is compiled against. */
export interface FilterBlock {
  /** Of the collector that wrote the rows; strings may be added to it later. */
  readonly dictionary: Pick<Dictionary, "text">;
  /** The block that is read again and again, with the columns that `filterFields` names. */
  readonly columns: FilterColumns;
  /** Names that the filter may use; IANA's alone where it is left out. */
  readonly directory?: NameDirectory;
}

/**
 * Compiles a filter to a test of rows that allocates nothing per row. A test belongs to one block
 * and one dictionary: compile once a source, before the first block is read.
 *
 * @param node as `parseFilter` gives it
 * @param block such as a `RingReader`'s
 * @returns whether the row at a slot of the block matches
 * @throws Error when the block lacks a column, {QueryError} where names are asked for that nothing is
 *   configured for
 * @example
 * ```ts
 * const node = parseFilter("port 443");
 * const reader = new RingReader(ring, { fields: filterFields(node) });
 * const matches = compileFilter(node, { dictionary, columns: reader.block });
 * ```
 */
export function compileFilter(node: FilterNode, block: FilterBlock): RowTest {
  const { columns, dictionary } = block;
  switch (node.kind) {
    case "any":
      return () => true;
    case "and":
      return all(node.nodes.map((part) => compileFilter(part, block)));
    case "or":
      return some(node.nodes.map((part) => compileFilter(part, block)));
    case "not": {
      const test = compileFilter(node.node, block);
      return (slot) => !test(slot);
    }
    case "address":
      return compileAddress(node, columns);
    case "family":
      return compileFamily(node, columns);
    case "compare":
      return compileCompare(node, columns);
    case "member":
      return compileMember(node, columns);
    case "flags":
      return compileFlags(node, columns);
    case "text":
      return compileText(node, columns, dictionary);
    case "has":
      return compileHas(columns, node.field);
    case "port_name":
      return compilePortName(node, columns, directoryOf(block));
    case "service":
      return compileService(node, columns, directoryOf(block));
    case "label":
      return compileLabel(node, columns, directoryOf(block));
    case "internal":
      return compileInternal(node, columns, directoryOf(block));
    case "country":
      return compileCountry(node, columns, directoryOf(block));
    case "as_name":
      return compileAsName(node, columns, directoryOf(block));
    case "interface":
      return compileInterface(node, block, directoryOf(block));
  }
}

function directoryOf({ directory = new NameDirectory() }: FilterBlock): NameDirectory {
  return directory;
}

/** Chains of two and three, the usual ones, without a loop. */
function all(tests: readonly RowTest[]): RowTest {
  const [first, second, third] = tests;
  if (tests.length === 2) return (slot) => first(slot) && second(slot);
  if (tests.length === 3) return (slot) => first(slot) && second(slot) && third(slot);
  return (slot) => {
    for (let i = 0; i < tests.length; i++) {
      if (!tests[i](slot)) return false;
    }
    return true;
  };
}

function some(tests: readonly RowTest[]): RowTest {
  const [first, second] = tests;
  if (tests.length === 2) return (slot) => first(slot) || second(slot);
  return (slot) => {
    for (let i = 0; i < tests.length; i++) {
      if (tests[i](slot)) return true;
    }
    return false;
  };
}

function compileFlags({ mask }: FlagsNode, columns: FilterColumns): RowTest {
  const { presence } = columns;
  const place = presencePlace("tcp_flags");
  const flags = needColumn(columns, "tcp_flags");
  return (slot) =>
    (flags[slot] & mask) === mask &&
    (presence[slot * PRESENCE_WORDS + place.word] & place.mask) !== 0;
}
