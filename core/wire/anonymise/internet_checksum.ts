/**
 * The sum of 16-bit words that Internet checksums are the complement of (RFC 1071).
 *
 * @param octets an odd one at the end is the upper half of its word
 * @returns 16 bits
 */
export function internetSum(octets: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < octets.length; at += 2) {
    sum += octets[at] * 256 + (octets[at + 1] ?? 0);
  }
  return fold(sum);
}

/**
 * The checksum of what was changed, by what changed alone (RFC 1624 §3): one that was right is
 * right again, one that was wrong is wrong still, whatever else it covers.
 *
 * @param checksum 16 bits, as it was
 * @param change sums of what it covers `before` and `after`, as far as that is there
 */
export function updateChecksum(
  checksum: number,
  { before, after }: { before: number; after: number },
): number {
  return ~fold((~checksum & 0xffff) + (~before & 0xffff) + after) & 0xffff;
}

/** Adds the carries until there are none. */
function fold(sum: number): number {
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum;
}
