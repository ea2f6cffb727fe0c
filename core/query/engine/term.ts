import type { StoredFieldName } from "../../flow/schema.ts";
import type { NameDirectory } from "../../names/name_directory.ts";
import type { KeyTerm } from "./key_layout.ts";

/** A value as answers show it. */
export type CellValue = string | number | null;

/** What reading a key back needs beside the key. */
export interface TermContext {
  /** Texts by the numbers that keys hold. */
  readonly strings: readonly string[];
  /** Names of capabilities by the numbers that keys hold. */
  readonly capabilities: readonly string[];
  /** Name of a service, or null. */
  serviceName(protocol: number, port: number): string | null;
  readonly directory: NameDirectory;
}

/** The keys of all groups, as far as they are of one term. */
export interface KeyList {
  /** Groups: they are numbered from 0. */
  readonly count: number;
  /** The lanes of a group's key; null where its rows did not have the term. */
  lanesOf(group: number): readonly number[] | null;
}

interface Term extends KeyTerm {
  /** As it is written: a field, `field/24`, `field/24/48`, `service`, `src_label`, … */
  readonly name: string;
  readonly unit: string;
  /** Columns that it reads. */
  readonly fields: readonly StoredFieldName[];
}

/** A term whose value is what its key says: no two keys have the same. */
export interface PlainTerm extends Term {
  /** The value of a key's lanes. */
  readonly show: (lanes: readonly number[], context: TermContext) => CellValue;
  readonly derive?: undefined;
}

/** A term that names what it is keyed by: groups of one name are one in the answer. */
export interface NameTerm extends Term {
  /** The names of all groups. */
  readonly derive: (keys: KeyList, context: TermContext) => CellValue[];
  /**
   * Looks whether there is something to take names from.
   *
   * @param directory of the names there are
   * @param argument that asks: `group_by`, `metrics`
   * @returns a sentence about what the answer lacks, or null
   * @throws {QueryError} where there is nothing at all
   */
  readonly check?: (
    directory: NameDirectory,
    argument?: "group_by" | "metrics",
  ) => string | null;
}

/** Something that flows can be grouped by. */
export type GroupTerm = PlainTerm | NameTerm;
