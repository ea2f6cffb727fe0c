/** Ports mean something in TCP, UDP, DCCP, SCTP and UDP-Lite. */
const WITH_PORTS: ReadonlySet<number> = new Set([6, 17, 33, 132, 136]);

/**
 * The port of a flow that names its service: the one that has a name, where one alone has; else the
 * lower one that is not 0.
 *
 * @param flow `protocol`, and its ports; 0 for one that is not known
 * @param named 1 where a port has a name, by port
 * @returns 0 where there is none
 */
export function servicePort(
  { protocol, source, target }: { protocol: number; source: number; target: number },
  named: Uint8Array,
): number {
  if (!WITH_PORTS.has(protocol)) return 0;
  if (named[source] !== named[target]) return named[target] === 1 ? target : source;
  return source === 0 || (target !== 0 && target <= source) ? target : source;
}
