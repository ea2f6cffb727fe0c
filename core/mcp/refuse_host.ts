/** The loopback addresses that the Host check of the SDK knows too. */
const LOOPBACK = /^(localhost|127\.0\.0\.1|::1)$/;

/**
 * Why MCP cannot be served over HTTP at a host; null where it can.
 *
 * @param host name or address to listen on
 */
export function refuseHost(host: string): string | null {
  if (LOOPBACK.test(host)) return null;
  return "beyond loopback it would need a token, which this version does not have; give " +
    "127.0.0.1, ::1 or localhost";
}
