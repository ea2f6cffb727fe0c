import { parseAddress } from "../flow/address.ts";
import { UsageError } from "./command.ts";

/** An address and port, either of which may be left out. */
export interface Endpoint {
  readonly host?: string;
  readonly port?: number;
}

const FORMS = [
  /^\[(?<host>[^\]]+)\](?::(?<port>\d+))?$/,
  /^:?(?<port>\d+)$/,
  /^(?<host>[^:[\]]+)(?::(?<port>\d+))?$/,
];
const MAX_PORT = 65_535;
/** What is all digits and dots is meant for an IPv4 address, and what is in brackets for an IPv6 one. */
const NUMERIC = /^[\d.]+$/;

/**
 * Reads `PORT`, `:PORT`, `HOST`, `HOST:PORT`, `[IPV6]` and `[IPV6]:PORT`.
 *
 * @param text what was written; "" is neither
 * @param where the `option` that the error names, and its value where that is more than the `text`
 * @throws {UsageError} when it is none of these, or the port or the address can be none
 */
export function parseEndpoint(
  text: string,
  { option, value = text }: { option: string; value?: string },
): Endpoint {
  if (text === "") return {};
  const wrong = (why: string) => new UsageError(`${option} is "${value}"${why}`);
  const groups = FORMS.map((form) => form.exec(text)?.groups).find((found) => found !== undefined);
  if (groups === undefined) {
    throw wrong("; write PORT, HOST:PORT or [IPV6]:PORT, such as 127.0.0.1:2055");
  }
  const port = groups.port === undefined ? undefined : Number(groups.port);
  if (port !== undefined && port > MAX_PORT) {
    throw wrong(`, but there is no port ${groups.port}; give one from 0 to ${MAX_PORT}`);
  }
  if (groups.host !== undefined && !canBeHost(groups.host, text)) {
    throw wrong(`, but ${groups.host} is no address; give one such as 127.0.0.1 or [::1]`);
  }
  return {
    ...(groups.host === undefined ? {} : { host: groups.host }),
    ...(port === undefined ? {} : { port }),
  };
}

/** Names are left to the system to look up; what looks like an address has to be one. */
function canBeHost(host: string, text: string): boolean {
  const isAddress = text.startsWith("[") || NUMERIC.test(host);
  return !isAddress || parseAddress(host, new Uint32Array(4));
}
