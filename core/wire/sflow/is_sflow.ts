/** The version that is decoded. */
export const SFLOW_VERSION = 5;

/** Whether a datagram begins as sFlow version 5 does: version, and the type of the agent's address. */
export function isSflow(datagram: Uint8Array): boolean {
  if (datagram.length < 8) return false;
  const view = new DataView(datagram.buffer, datagram.byteOffset, 8);
  const type = view.getUint32(4);
  return view.getUint32(0) === SFLOW_VERSION && type <= 2;
}
