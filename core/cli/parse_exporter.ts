import { addressBytes, formatAddressBytes } from "../flow/address.ts";
import { type CommandArgs, UsageError } from "./command.ts";

/**
 * Reads `--exporter`.
 *
 * @param args of the command
 * @returns the address as it is always written; undefined where none is given
 * @throws {UsageError} when it is no IP address
 */
export function parseExporter(args: CommandArgs): string | undefined {
  const text = args.text("exporter");
  if (text === undefined) return undefined;
  const address = formatAddressBytes(addressBytes(text));
  if (address !== "") return address;
  throw new UsageError(`--exporter is "${text}"; give an IP address, such as 192.0.2.1`);
}
