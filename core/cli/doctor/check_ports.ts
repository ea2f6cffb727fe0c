import { socketAddress, startFailure } from "../../collector/start_failure.ts";
import type { Finding } from "./finding.ts";

/** A collector that somebody would start. */
export interface WantedCollector {
  readonly capability: string;
  readonly host: string;
  readonly port: number;
}

/**
 * Tries to listen where collectors would, one by one: two capabilities may have one default port.
 *
 * @param wanted collectors
 * @param held ports that a running server is known to have
 */
export function checkPorts(
  wanted: readonly WantedCollector[],
  held: ReadonlySet<number>,
): Finding[] {
  return wanted.map((collector) => {
    const { capability, host, port } = collector;
    if (held.has(port)) {
      return { verdict: "ok", what: capability, text: `the server listens on port ${port}` };
    }
    try {
      Deno.listenDatagram({ transport: "udp", hostname: host, port }).close();
      return { verdict: "ok", what: capability, text: `${socketAddress(host, port)} is free` };
    } catch (error) {
      const { name, message } = error as Error;
      const { message: text } = startFailure({ name, message }, collector);
      // A server that runs already has it, and should.
      return { verdict: name === "AddrInUse" ? "note" : "fault", what: capability, text };
    }
  });
}
