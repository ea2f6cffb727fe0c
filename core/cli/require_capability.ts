import { unknownCapability } from "../collector/unknown_capability.ts";
import { UsageError } from "./command.ts";

/**
 * Refuses a capability that is not there, before anything is started for it.
 *
 * @param name of the capability
 * @param given the `option` that names it, and the `names` there are
 * @throws {UsageError} with the nearest of them, or all
 */
export function requireCapability(
  name: string,
  { option, names }: { option: string; names: readonly string[] },
): void {
  if (names.includes(name)) return;
  throw new UsageError(`${option}: ${unknownCapability(name, names)}`);
}
