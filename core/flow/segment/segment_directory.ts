import { constants, crc32, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { SegmentFault } from "./segment_fault.ts";

/** Rows of a segment at most. */
export const SEGMENT_ROWS = 65_536;

/** Version of the layout that is written; a reader knows all up to its own. */
export const SEGMENT_VERSION = 1;

/** Octets of a directory at most: a table has some fifty fields. */
const MAX_DIRECTORY = 256 * 1024;
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** Pages that are no field's. */
export const PRESENCE_PAGE = "#presence";
export const TUPLES_PAGE = "#tuples";
export const STRINGS_PAGE = "#strings";

/** Where a page stands, and what tells whether it is as it was. */
export interface PageEntry {
  readonly octets: number;
  /** CRC-32 of the octets. */
  readonly checksum: number;
  /** The octets themselves, in Base64, of a page too small to stand alone. */
  readonly inline?: string;
}

/** What is known of a column without reading it. A field without a column is absent in all rows. */
export interface ColumnEntry {
  /** Rows that have a value. */
  readonly present: number;
  /**
   * Least and largest value that is present: a number; of an address its four words; left out where
   * there is none, as of strings and of what is no finite number.
   */
  readonly min?: number | readonly number[];
  readonly max?: number | readonly number[];
  /** Distinct values, where encoding counted them; those that are present only. */
  readonly distinct?: number;
  /** Kept once a tuple, not once a row. */
  readonly byTuple?: true;
  /** What is kept is the distance from this column's value. */
  readonly plus?: string;
  /** And this column's is taken off. */
  readonly minus?: string;
}

/** What a segment holds and where: all that a reader needs to choose what to read. */
export interface SegmentDirectory {
  readonly version: number;
  readonly rows: number;
  /** Distinct tuples of addresses, ports and protocol, where they are kept apart; else 0. */
  readonly tuples: number;
  /** Names of the table's fields when it was written, by their bit in the presence map. */
  readonly fields: readonly string[];
  readonly columns: Readonly<Record<string, ColumnEntry>>;
  /** By name of the field, or of what is no field's. */
  readonly pages: Readonly<Record<string, PageEntry>>;
}

/** Octets of a directory: its checksum, its length, then its JSON, compressed. */
export function packDirectory(directory: SegmentDirectory): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(directory));
  const packed = zstdCompressSync(json, ZSTD);
  const octets = new Uint8Array(8 + packed.length);
  const view = new DataView(octets.buffer);
  view.setUint32(0, crc32(packed), true);
  view.setUint32(4, json.length, true);
  octets.set(packed, 8);
  return octets;
}

/**
 * Reads a directory.
 *
 * @param octets as `packDirectory` made them
 * @returns the directory, or why there is none
 */
export function openDirectory(octets: Uint8Array): SegmentDirectory | SegmentFault {
  if (octets.length < 8) return new SegmentFault("the directory is cut off");
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  const packed = octets.subarray(8);
  if (crc32(packed) !== view.getUint32(0, true)) {
    return new SegmentFault("the directory is not as it was written");
  }
  try {
    const maxOutputLength = Math.min(Math.max(1, view.getUint32(4, true)), MAX_DIRECTORY);
    const json = zstdDecompressSync(packed, { maxOutputLength });
    return check(JSON.parse(new TextDecoder().decode(json)));
  } catch (error) {
    return new SegmentFault(`the directory cannot be read: ${(error as Error).message}`);
  }
}

/** Everything that sizes memory is within its bounds. */
function check(directory: SegmentDirectory): SegmentDirectory | SegmentFault {
  const { version, rows, tuples, fields, columns, pages } = directory;
  if (!(version <= SEGMENT_VERSION)) {
    return new SegmentFault(
      `the segment is of version ${version}, this flow-agent reads up to ${SEGMENT_VERSION}`,
    );
  }
  const sound = isCount(rows, 1) && isCount(tuples, 0) && tuples <= rows &&
    Array.isArray(fields) && isRecord(columns) && isRecord(pages) &&
    Object.values(columns).every(isRecord) &&
    Object.values(pages).every((page) => isRecord(page) && Number.isSafeInteger(page.octets));
  return sound ? directory : new SegmentFault("the directory holds what none can");
}

function isCount(value: unknown, least: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= SEGMENT_ROWS;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
