import type { SegmentDirectory } from "../flow/segment/segment_directory.ts";
import {
  copyPage,
  unpackedOctets,
  type UnpackedPage,
  type UnpackedPages,
} from "../flow/segment/unpacked_page.ts";

/** Octets that unpacked pages may take: three million flows of what dashboards ask for. */
const MAX_OCTETS = 64 * 1024 * 1024;
/** So often others must want its place before a segment that was asked for has to go. */
const CREDIT = 2;

const NOTHING: UnpackedPages = new Map();
/** Octets that a directory takes, about. */
const DIRECTORY_OCTETS = 16 * 1024;

interface Kept {
  readonly directory: SegmentDirectory;
  readonly pages: Map<string, UnpackedPage>;
  octets: number;
  credit: number;
}

/**
 * Unpacked pages of segments, for the next question about the same time. Who asks for more than there
 * is room for again and again would find nothing if the oldest went for the newest each time: so a
 * newcomer has to wait until those that are there have not been asked for in some rounds.
 */
export class UnpackedCache {
  /** In the order in which they were last looked at, by segment. */
  readonly #kept = new Map<number, Kept>();
  readonly #max: number;
  #octets = 0;

  /** @param maxOctets that it may keep */
  constructor(maxOctets = MAX_OCTETS) {
    this.#max = maxOctets;
  }

  /** Octets that are kept. */
  get octets(): number {
    return this.#octets;
  }

  /** The directory of a segment, where something of it is kept. */
  directory(segment: number): SegmentDirectory | undefined {
    return this.#kept.get(segment)?.directory;
  }

  /** What is kept of a segment; an empty list where nothing is. */
  of(segment: number): UnpackedPages {
    const kept = this.#kept.get(segment);
    if (kept === undefined) return NOTHING;
    kept.credit = CREDIT;
    return kept.pages;
  }

  /**
   * Keeps a copy of what was unpacked of a segment, where there is room.
   *
   * @param segment its `id`, one that is never another's, and its `directory`
   * @param fresh those that `of` did not have
   */
  keep(
    { id: segment, directory }: { id: number; directory: SegmentDirectory },
    fresh: UnpackedPages,
  ): void {
    let kept = this.#kept.get(segment);
    // Who asks beside may have unpacked the same.
    const added = [...fresh].filter(([name]) => kept?.pages.has(name) !== true);
    if (added.length === 0) return;
    const more = added.reduce(
      (sum, [, page]) => sum + unpackedOctets(page),
      kept === undefined ? DIRECTORY_OCTETS : 0,
    );
    if (!this.#makeRoom(more, segment)) return;
    if (kept === undefined) {
      this.#kept.set(segment, kept = { directory, pages: new Map(), octets: 0, credit: CREDIT });
    }
    for (const [name, page] of added) kept.pages.set(name, copyPage(page));
    kept.octets += more;
    this.#octets += more;
  }

  /** Forgets everything. */
  clear(): void {
    this.#kept.clear();
    this.#octets = 0;
  }

  #makeRoom(octets: number, but: number): boolean {
    for (const [segment, kept] of this.#kept) {
      if (this.#octets + octets <= this.#max) break;
      if (segment === but) continue;
      if (kept.credit === 0) {
        this.#drop(segment, kept);
        continue;
      }
      kept.credit--;
      this.#kept.delete(segment);
      this.#kept.set(segment, kept);
      return false;
    }
    return this.#octets + octets <= this.#max;
  }

  #drop(segment: number, { octets }: Kept): void {
    this.#kept.delete(segment);
    this.#octets -= octets;
  }
}
