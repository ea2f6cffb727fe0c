const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/**
 * Whether a host is this machine itself, which no other can reach (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3).
 *
 * @param host name or address, IPv6 without brackets
 */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}
