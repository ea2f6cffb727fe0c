import type { SegmentDirectory } from "../flow/segment/segment_directory.ts";

/** More pages than a segment has: a table has some fifty fields. */
const PAGES_A_SEGMENT = 256;

/**
 * The id in `page` of a segment's page, by its place among those that stand outside the directory.
 *
 * @param segment its id; `segment + 1` gives the end of all its pages
 * @param place from 0
 */
export function pageId(segment: number, place = 0): number {
  return segment * PAGES_A_SEGMENT + place;
}

/**
 * The ids of some pages of a segment.
 *
 * @param segment its `id` and `directory`
 * @param names as `SegmentDecoder.pagesFor` gives them
 * @returns by name; those that the directory does not name are left out
 */
export function pageIds(
  { id, directory }: { id: number; directory: SegmentDirectory },
  names: readonly string[],
): Map<string, number> {
  const stored = Object.entries(directory.pages)
    .filter(([, { inline }]) => inline === undefined).map(([name]) => name);
  return new Map(
    names.filter((name) => stored.includes(name))
      .map((name) => [name, pageId(id, stored.indexOf(name))]),
  );
}
