import { portName } from "../../flow/port_name.ts";
import { protocolName } from "../../flow/protocol.ts";

/** Classification engines whose selectors need no options data to be named (RFC 6759 §4.1). */
const IP_PROTOCOL = 1;
const LAYER_4_PORT = 3;

/**
 * Name of an application that its id tells by itself.
 *
 * @param engine that classified it (RFC 6759 §4.1)
 * @param selector what the engine calls it
 * @returns undefined where only the exporter's options data can tell
 */
export function applicationName(engine: number, selector: number): string | undefined {
  if (engine === IP_PROTOCOL) return protocolName(selector)?.toLowerCase();
  return engine === LAYER_4_PORT ? portName(selector) : undefined;
}
