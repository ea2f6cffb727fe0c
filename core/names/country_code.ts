const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
/** Names that people use beside those of the runtime's English list (Unicode CLDR). */
const ALSO: Readonly<Record<string, string>> = {
  usa: "US",
  "united states of america": "US",
  america: "US",
  "great britain": "GB",
  britain: "GB",
  "czech republic": "CZ",
  turkey: "TR",
  "ivory coast": "CI",
  holland: "NL",
  swaziland: "SZ",
  macedonia: "MK",
  "russian federation": "RU",
  "republic of korea": "KR",
  vatican: "VA",
};

/**
 * The ISO 3166-1 code of a country: of a code in any case, also a former one or UK, or of its English
 * name, with or without accents, in any case.
 *
 * @param text a code or a name
 * @returns two capitals, or null where the text is neither
 */
export function countryCode(text: string): string | null {
  if (/^[a-z]{2}$/i.test(text)) return new Intl.Locale(`und-${text}`).region ?? null;
  return countryNames().get(fold(text)) ?? null;
}

/** Codes by English names in lower case, as `countryCode` takes them. */
export function countryNames(): ReadonlyMap<string, string> {
  const names = new Map(Object.entries(ALSO));
  const regions = new Intl.DisplayNames(["en"], { type: "region", fallback: "none" });
  for (const first of LETTERS) {
    for (const second of LETTERS) {
      const code = first + second;
      const name = regions.of(code);
      // Codes that were given up have the name of what came after.
      if (name === undefined || new Intl.Locale(`und-${code}`).region !== code) continue;
      // "Myanmar (Burma)" is known by either.
      const [whole, within] = name.split(/ \(|\)/);
      for (const one of [name, whole, within ?? whole]) {
        if (!names.has(fold(one))) names.set(fold(one), code);
      }
    }
  }
  return names;
}

/** Without case, accents and punctuation, and with "and" and "saint" written out. */
function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[’'.]/g, "").replace(/&/g, " and ")
    .toLowerCase().replace(/[^a-z]+/g, " ").trim().replace(/\bst\b/g, "saint");
}
