import type { Dictionary } from "../../flow/dictionary.ts";
import { NameDirectory } from "../../names/name_directory.ts";
import { askedFields, declareKnown } from "../row_expression.ts";
import { compileInterface } from "./compile_interface.ts";
import { compileAsName } from "./compile_as_name.ts";
import { compileCountry, compileInternal, compileLabel } from "./compile_name.ts";
import { compilePortName, compileService } from "./compile_service.ts";
import { compileText } from "./compile_text.ts";
import { type FilterColumns, needColumn, type RowTest } from "./filter_columns.ts";
import { filterExpression } from "./filter_expression.ts";
import type { FilterNode } from "./filter_node.ts";
import { compileRanges } from "./number_ranges.ts";

/** What a filter is compiled against. */
export interface FilterBlock {
  /** Of the collector that wrote the rows; strings may be added to it later. */
  readonly dictionary: Pick<Dictionary, "text">;
  /** The block that is read again and again, with the columns that `filterFields` names. */
  readonly columns: FilterColumns;
  /** Names that the filter may use; IANA's alone where it is left out. */
  readonly directory?: NameDirectory;
}

/** A filter as expressions, with all that they read and call. */
export interface BoundFilter {
  /** What must all be true of the row at `slot`; they ask for presence with `has_…`. */
  readonly conditions: readonly string[];
  /** JavaScript that makes what they read out of `columns`, and `presence`. */
  readonly declare: string;
  /** What they call. */
  readonly calls: readonly ((value: number) => boolean)[];
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
  const { conditions, declare, calls } = bindFilter(node, block);
  const source = [
    '"use strict";',
    declare,
    "return (slot) => {",
    ...declareKnown(askedFields(conditions), false),
    `return ${conditions.join(" && ")};`,
    "};",
  ];
  return new Function("columns", "calls", source.join("\n"))(block.columns, calls);
}

/**
 * A filter, ready to become part of generated code.
 *
 * @throws as `compileFilter`
 */
export function bindFilter(node: FilterNode, block: FilterBlock): BoundFilter {
  const { conditions, called, columns } = filterExpression(node);
  for (const name of columns) needColumn(block.columns, name);
  // It has the names of all services: made where it is needed, and once.
  const directory = block.directory ?? (called.length === 0 ? null : new NameDirectory());
  return {
    conditions,
    declare: `const { presence${columns.map((name) => `, ${name}`).join("")} } = columns;`,
    calls: called.map((part) =>
      "ranges" in part
        ? compileRanges(part.ranges)
        : compileCalled(part.node, { ...block, directory: directory! })
    ),
  };
}

/** What an expression calls: see `FilterExpression`. */
function compileCalled(node: FilterNode, block: Required<FilterBlock>): RowTest {
  const { columns, dictionary, directory } = block;
  switch (node.kind) {
    case "text":
      return compileText(node, columns, dictionary);
    case "port_name":
      return compilePortName(node, columns, directory);
    case "service":
      return compileService(node, columns, directory);
    case "label":
      return compileLabel(node, columns, directory);
    case "internal":
      return compileInternal(node, columns, directory);
    case "country":
      return compileCountry(node, columns, directory);
    case "as_name":
      return compileAsName(node, columns, directory);
    case "interface":
      return compileInterface(node, block, directory);
    default:
      return compileFilter(node, block);
  }
}
