/** Words, each as it is; one stands for all where all are the same. */
export type UnpackedWords = Uint16Array | Uint32Array;

/**
 * A page without its compression: in few octets, so that many can be kept, and laid out as rows in
 * little time. What it holds has been checked: no place in it lies outside what it is a place in.
 */
export type UnpackedPage = PageContent & {
  /** The same in its copies, and in no other page. */
  readonly key: object;
};

/** What a page holds. */
export type PageContent =
  | {
    readonly kind: "presence";
    /** Presence words of each pattern, by the bits that fields have now. */
    readonly bits: Uint32Array;
    /** The pattern of each row; null where all have the first. */
    readonly ids: Uint16Array | null;
  }
  /** A word a row, or one a tuple where the column is kept so. */
  | { readonly kind: "words"; readonly words: UnpackedWords }
  /** `(base + word × step) / scale` a row. */
  | {
    readonly kind: "integers";
    readonly words: UnpackedWords;
    readonly base: number;
    readonly step: number;
    readonly scale: number;
  }
  | { readonly kind: "doubles"; readonly values: Float64Array }
  | {
    readonly kind: "addresses";
    /** Four words each. */
    readonly dictionary: Uint32Array;
    /** The place in the dictionary of each row, or of each tuple. */
    readonly places: Uint16Array;
  }
  | { readonly kind: "texts"; readonly texts: readonly (string | null)[] };

/** Unpacked pages of one segment by the names of its directory. */
export type UnpackedPages = ReadonlyMap<string, UnpackedPage>;

/** Octets that the runtime takes for a page beside what it holds: an object, its arrays. */
const OVERHEAD = 256;

/** Octets that a page takes in memory; of texts, about. */
export function unpackedOctets(page: UnpackedPage): number {
  switch (page.kind) {
    case "presence":
      return OVERHEAD + page.bits.byteLength + (page.ids?.byteLength ?? 0);
    case "words":
    case "integers":
      return OVERHEAD + page.words.byteLength;
    case "doubles":
      return OVERHEAD + page.values.byteLength;
    case "addresses":
      return OVERHEAD + page.dictionary.byteLength + page.places.byteLength;
    case "texts":
      return page.texts.reduce((sum, text) => sum + 32 + 2 * (text?.length ?? 0), OVERHEAD);
  }
}

/** A page of the same in memory of its own. */
export function copyPage(page: UnpackedPage): UnpackedPage {
  switch (page.kind) {
    case "presence":
      return { ...page, bits: page.bits.slice(), ids: page.ids?.slice() ?? null };
    case "words":
    case "integers":
      return { ...page, words: page.words.slice() };
    case "doubles":
      return { ...page, values: page.values.slice() };
    case "addresses":
      return { ...page, dictionary: page.dictionary.slice(), places: page.places.slice() };
    case "texts":
      return page;
  }
}
