import { UsageError } from "./command.ts";
import { type Endpoint, parseEndpoint } from "./parse_endpoint.ts";

/** A collector by its capability, and where it is to listen. */
export interface WantedCollector extends Endpoint {
  readonly name: string;
}

/**
 * Reads `NAME`, `NAME:PORT`, `NAME@HOST` and `NAME@HOST:PORT`.
 *
 * @param text of `--collect`
 * @throws {UsageError} when it is none of these
 */
export function parseCollect(text: string): WantedCollector {
  const [, name, where] = /^(\w+)(?:[@:](.*))?$/.exec(text) ?? [];
  if (name === undefined) {
    throw new UsageError(
      `--collect is "${text}"; write it as netflow_udp, netflow_udp:2055 or ` +
        `netflow_udp@127.0.0.1:2055`,
    );
  }
  return { name, ...parseEndpoint(where ?? "", { option: "--collect", value: text }) };
}
