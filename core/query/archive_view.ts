import type { FlowColumns } from "../flow/columns.ts";
import type { RingIdentity } from "../flow/ring_identity.ts";
import {
  type FlowRow,
  PRESENCE_WORDS,
  presenceBit,
  STORED_FIELDS,
  type StoredFieldName,
} from "../flow/schema.ts";
import { SegmentFault } from "../flow/segment/segment_fault.ts";
import type { Texts } from "../flow/texts.ts";
import { ArchivedTexts } from "./archived_texts.ts";
import type { FilterNode } from "./filter/filter_node.ts";
import { mayMatch } from "./filter/may_match.ts";
import type {
  ArchivedLife,
  ArchivedRing,
  ArchivedRows,
  ArchivedSegment,
  FlowArchive,
} from "./flow_archive.ts";
import type { RowOrigin } from "./flow_source.ts";
import type { SegmentRows } from "../flow/segment/segment_rows.ts";
import type { ScanReport, TimeWindow, WithoutSegment } from "./scan_report.ts";
import type { BlockColumns } from "../flow/ring_reader.ts";

/** How often a segment is asked for again that has gone when it is to be read. */
export const ATTEMPTS = 8;
/** String ids that a segment may have. */
const IDS = 65_536;
/** Not looked up yet. */
const UNKNOWN = -2;
const STRING_FIELDS: readonly StoredFieldName[] = STORED_FIELDS
  .filter(({ storage }) => storage === "string").map(({ name }) => name);

/** A segment in memory, as blocks of a scan are. */
export interface OpenSegment<F extends StoredFieldName> {
  readonly block: BlockColumns<F>;
  readonly origin: RowOrigin;
  readonly segment: SegmentRows<FlowRow>;
  /** Gives the memory back. */
  release(): void;
}

/** Of which rows a view is. */
export interface ViewOptions<F extends StoredFieldName> {
  /** Fields to decode. */
  readonly fields: readonly F[];
  /** Those that are laid out at once; default: all, and the presence map. */
  readonly laid?: readonly F[];
  /** Segments without any row that it matches are passed over. */
  readonly filter?: FilterNode;
  /** Whether rows are expected that are on disk alone: else nobody need hear that it cannot be read. */
  readonly needed: boolean;
  /** Takes what goes wrong. */
  readonly report: ScanReport;
}

/** Rows of one capability that came from disk, as one origin. */
interface ViewOrigin<F extends StoredFieldName> extends RowOrigin {
  readonly dictionary: ArchivedTexts;
  /** A block is of one origin: whoever compiles something for a block need not ask for more. */
  readonly blocks: Map<object, BlockColumns<F>>;
}

/**
 * What one scan sees of the archive. Should it not be readable, the report says so and the rest of
 * the scan goes on without it.
 */
export class ArchiveView<F extends StoredFieldName> {
  readonly #archive: FlowArchive;
  readonly #options: ViewOptions<F>;
  readonly #origins = new Map<string, ViewOrigin<F>>();
  readonly #idOf = new Int32Array(IDS);
  readonly #strings: readonly StoredFieldName[];
  #broken = false;
  #textless = 0;

  /** @param archive to look at, and of which rows */
  constructor(archive: FlowArchive, options: ViewOptions<F>) {
    this.#archive = archive;
    this.#options = options;
    const wanted: readonly StoredFieldName[] = options.fields;
    this.#strings = STRING_FIELDS.filter((name) => wanted.includes(name));
  }

  /** Whether memory that was lent should be given back before more is taken. */
  get crowded(): boolean {
    return this.#archive.crowded;
  }

  /** As of the options. */
  get needed(): boolean {
    return this.#options.needed;
  }

  /** Whether it can be read, as far as is known. */
  get readable(): boolean {
    return !this.#broken;
  }

  /** Arrival of the oldest row that is kept; null when there is none. */
  heldSince(): number | null {
    return this.#ask((archive) => archive.heldSince()) ?? null;
  }

  /** Until when it is known what arrived; null when nothing is kept. */
  heldUntil(): number | null {
    return this.#ask((archive) => archive.heldUntil()) ?? null;
  }

  /** Since when collection is known to have begun; null where it is not. */
  collectedSince(but: ReadonlySet<string>): number | null {
    return this.#ask((archive) => archive.collectedSince(but)) ?? null;
  }

  /** Lives of rings that lasted until a time or longer. */
  lives(fromMs: number): ArchivedLife[] {
    return this.#ask((archive) => archive.lives(fromMs)) ?? [];
  }

  /** When another process last said that it writes it; null where none does. */
  writtenElsewhere(): number | null {
    return this.#ask((archive) => archive.writtenElsewhere()) ?? null;
  }

  /** Rings that may have had rows within a window, with what they have of it and behind it. */
  rings({ fromMs, toMs, untilNow }: TimeWindow): ArchivedRing[] {
    return (this.#ask((archive) => archive.rings(fromMs)) ?? [])
      .filter((ring) => untilNow || Math.min(ring.epoch, ring.fromMs) < toMs);
  }

  /** The segment that holds a row, or the next behind it. */
  segmentFrom(ring: RingIdentity, row: number): ArchivedSegment | null {
    return this.#ask((archive) => archive.segmentFrom(ring, row)) ?? null;
  }

  /** The segment that holds the row before a row, or the next before that. */
  segmentBefore(ring: RingIdentity, row: number, beforeMs?: number): ArchivedSegment | null {
    return this.#ask((archive) => archive.segmentBefore(ring, row, beforeMs)) ?? null;
  }

  /** Whether no row before a row can have arrived at or after a time. */
  isWholeFrom(ring: RingIdentity, row: number, fromMs: number): boolean {
    if (row === 0) return true;
    const before = this.segmentBefore(ring, row);
    return before !== null && before.endRow >= row && before.fromMs < fromMs;
  }

  /** Rows before a row that no segment got; those that were deleted, of a ring's begin, are not. */
  rowsNeverWritten(ring: RingIdentity, row: number): number {
    const before = this.segmentBefore(ring, row);
    return before === null ? 0 : Math.max(0, row - before.endRow);
  }

  /** Whether no row of a segment can be wanted. */
  passesOver({ directory }: ArchivedSegment): boolean {
    const { filter } = this.#options;
    return filter !== undefined && !(directory instanceof SegmentFault) &&
      !mayMatch(filter, directory);
  }

  /**
   * Reads a segment.
   *
   * @returns "gone" when its rows are to be asked for anew, "damaged" when the disk has changed them,
   *   "lost" when nothing can be read
   */
  open(segment: ArchivedSegment): OpenSegment<F> | WithoutSegment {
    const rows = this.#ask((archive) => archive.read(segment, this.#options.fields));
    if (rows === null) return "gone";
    if (rows === undefined) return "lost";
    if (rows instanceof SegmentFault) {
      this.#options.report.damage = rows.message;
      return "damaged";
    }
    const origin = this.#origin(segment);
    const { fields, laid = fields } = this.#options;
    rows.segment.lay(laid);
    if (laid === fields) rows.segment.lay(["presence"]);
    this.#textless += this.#renumber(segment, rows, origin.dictionary);
    const block = this.#block(origin, rows);
    return { block, origin, segment: rows.segment, release: () => rows.release() };
  }

  /** Says in the report what was left out. */
  close(): void {
    if (this.#textless > 0) {
      this.#options.report.notes.push(
        `Flows on disk hold more texts than can be told apart: ${this.#textless} count as unknown.`,
      );
    }
  }

  #block(origin: ViewOrigin<F>, { columns }: ArchivedRows<F>): BlockColumns<F> {
    let block = origin.blocks.get(columns);
    if (block === undefined) {
      const names = ["presence", ...this.#options.fields] as const;
      block = Object.fromEntries(names.map((name) => [name, columns[name]])) as BlockColumns<F>;
      origin.blocks.set(columns, block);
    }
    return block;
  }

  #origin({ capability }: RingIdentity): ViewOrigin<F> {
    let origin = this.#origins.get(capability);
    if (origin === undefined) {
      origin = { capability, dictionary: new ArchivedTexts(), blocks: new Map() };
      this.#origins.set(capability, origin);
    }
    return origin;
  }

  /**
   * Gives the strings of decoded rows the numbers of an origin.
   *
   * @returns values that found none, and are unknown from now on
   */
  #renumber(
    { directory }: ArchivedSegment,
    { rows, columns, texts, segment }: ArchivedRows<F>,
    into: ArchivedTexts,
  ): number {
    let lost = 0;
    const idOf = this.#idOf;
    const there = this.#strings.filter((name) =>
      !(directory instanceof SegmentFault) && Object.hasOwn(directory.columns, name)
    );
    if (there.length === 0) return 0;
    segment.lay(["presence", ...there]);
    idOf.fill(UNKNOWN);
    for (const name of there) {
      const { presence, [name]: column } = columns as unknown as FlowColumns;
      const bit = presenceBit(name);
      const [word, mask] = [bit >> 5, 1 << (bit & 31)];
      for (let row = 0; row < rows; row++) {
        const at = row * PRESENCE_WORDS + word;
        // What is absent is left over from other rows.
        if ((presence[at] & mask) === 0) continue;
        const id = column[row];
        const number = idOf[id] === UNKNOWN ? (idOf[id] = numberOf(texts, id, into)) : idOf[id];
        if (number >= 0) column[row] = number;
        else {
          presence[at] &= ~mask;
          lost++;
        }
      }
    }
    if (lost > 0) segment.changePresence();
    return lost;
  }

  #ask<T>(ask: (archive: FlowArchive) => T): T | undefined {
    if (this.#broken) return undefined;
    try {
      return ask(this.#archive);
    } catch (error) {
      this.#broken = true;
      if (this.needed) {
        this.#options.report.notes.push(
          `History could not be read (${(error as Error).message}): what is not in memory is not ` +
            "in the answer.",
        );
      }
      return undefined;
    }
  }
}

function numberOf(texts: Texts, id: number, into: ArchivedTexts): number {
  const text = texts.text(id);
  return text === null ? -1 : into.intern(text);
}
