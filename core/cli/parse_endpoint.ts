import { UsageError } from "./command.ts";

/** An address and port, either of which may be left out. */
export interface Endpoint {
  readonly host?: string;
  readonly port?: number;
}

const FORMS = [
  /^\[(?<host>[^\]]+)\](?::(?<port>\d{1,5}))?$/,
  /^:?(?<port>\d{1,5})$/,
  /^(?<host>[^:[\]]+)(?::(?<port>\d{1,5}))?$/,
];

/**
 * Reads `PORT`, `:PORT`, `HOST`, `HOST:PORT`, `[IPV6]` and `[IPV6]:PORT`.
 *
 * @param text what was written; "" is neither
 * @param option named in the error
 * @throws {UsageError} when it is none of these
 */
export function parseEndpoint(text: string, option: string): Endpoint {
  if (text === "") return {};
  const groups = FORMS.map((form) => form.exec(text)?.groups).find((found) => found !== undefined);
  const port = groups?.port === undefined ? undefined : Number(groups.port);
  if (groups === undefined || (port !== undefined && port > 65_535)) {
    throw new UsageError(
      `${option} is "${text}"; write PORT, HOST:PORT or [IPV6]:PORT, such as 127.0.0.1:2055`,
    );
  }
  return {
    ...(groups.host === undefined ? {} : { host: groups.host }),
    ...(port === undefined ? {} : { port }),
  };
}
