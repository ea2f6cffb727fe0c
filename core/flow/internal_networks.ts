/**
 * Networks that nobody but oneself uses: private (RFC 1918, RFC 4193), shared with the provider
 * (RFC 6598), link-local (RFC 3927, RFC 4291), loopback, and this network (RFC 1122).
 */
export const INTERNAL_NETWORKS: readonly string[] = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "169.254.0.0/16",
  "127.0.0.0/8",
  "0.0.0.0/8",
  "fc00::/7",
  "fe80::/10",
  "::1",
  "::",
];
