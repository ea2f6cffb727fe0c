import { nearestWord } from "../nearest_word.ts";

/**
 * Says that there is no such capability, and which one was most likely meant, or which there are.
 *
 * @param name that somebody wrote
 * @param names of those that there are
 */
export function unknownCapability(name: string, names: readonly string[]): string {
  const near = nearestWord(name.toLowerCase(), names);
  const hint = near === null ? `there are ${names.join(", ")}` : `did you mean "${near}"?`;
  return `there is no capability "${name}"; ${hint}`;
}
