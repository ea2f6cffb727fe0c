/** A capability that cannot be built. */
export function buildCapability(): never {
  throw new Error("no table");
}
