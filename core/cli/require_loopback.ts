import { isLoopback } from "../flow/loopback.ts";
import { UsageError } from "./command.ts";

/**
 * Refuses to send beyond this machine unless that is meant.
 *
 * @param host of `--to`
 * @param allowed whether `--allow-remote` was given
 * @throws {UsageError} with the remedy
 */
export function requireLoopback(host: string, allowed: boolean): void {
  if (isLoopback(host) || allowed) return;
  throw new UsageError(
    `--to ${host} is beyond this machine; add --allow-remote if you mean to send there`,
  );
}
