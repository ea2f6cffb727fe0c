import type { Logger } from "@logtape/logtape";
import type { Config } from "../config/schema.ts";
import type { Clock } from "../flow/clock.ts";
import { type Resolve, ReverseDns } from "../names/reverse_dns.ts";
import { parseEndpoint } from "./parse_endpoint.ts";

const DNS_PORT = 53;

/**
 * Reverse DNS as the configuration wants it, or null where it does not.
 *
 * @param config the effective configuration
 * @param options `clock` and `log`
 */
export function reverseDns(
  { dns }: Config,
  { clock, log }: { clock: Clock; log: Logger },
): ReverseDns | null {
  if (!dns.reverse) return null;
  return new ReverseDns({
    resolve: resolver(dns.server, log),
    clock,
    limits: {
      timeoutMs: dns.timeout_ms,
      maxEntries: dns.cache_entries,
      keepMs: dns.cache_seconds * 1000,
      keepMissingMs: dns.missing_seconds * 1000,
    },
  });
}

/** Asks the name server, which Deno has to be allowed to reach; says once when it is not. */
function resolver(server: string, log: Logger): Resolve {
  const nameServer = server === "" ? undefined : serverOf(server);
  let told = false;
  return async (name, { signal }) => {
    try {
      return await Deno.resolveDns(name, "PTR", { signal, nameServer });
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable && !told) {
        told = true;
        log.warn("reverse DNS is not permitted; add the name server to --allow-net", {
          reason: error.message,
        });
      }
      throw error;
    }
  };
}

function serverOf(text: string): { ipAddr: string; port: number } {
  const { host, port = DNS_PORT } = parseEndpoint(text, { option: "dns.server" });
  return { ipAddr: host ?? text, port };
}
