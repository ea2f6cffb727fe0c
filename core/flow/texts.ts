/** Strings by id: a collector's dictionary, or that of a segment. */
export interface Texts {
  /** The string of an id, or null where there is none. */
  text(id: number): string | null;
}
