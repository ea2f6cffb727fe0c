/** TCP control bits (RFC 9293 §3.1). */
export const FLAG = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16 } as const;

/** Whether a protocol has ports: TCP, UDP, DCCP, SCTP and UDP-Lite. */
export function hasPorts(protocol: number): boolean {
  return protocol === 6 || protocol === 17 || protocol === 33 || protocol === 132 ||
    protocol === 136;
}

/**
 * The port of the side that serves, by the rule by which flows are grouped by service: the one that
 * has a name; where both or neither have one, the lower.
 *
 * @param s port of the source
 * @param d port of the destination
 * @param named whether a port has a service name, by port
 */
export function servicePort(s: number, d: number, named: Uint8Array): number {
  if (named[s] !== named[d]) return named[d] === 1 ? d : s;
  return s === 0 || (d !== 0 && d <= s) ? d : s;
}
