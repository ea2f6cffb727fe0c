/** The number that a text is; anything else as it is, so that an error can show it. */
export function readNumber(found: unknown): unknown {
  if (typeof found !== "string" || found.trim() === "") return found;
  const number = Number(found);
  return Number.isNaN(number) ? found : number;
}
