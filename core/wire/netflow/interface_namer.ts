import type { CodecContext } from "../codec.ts";

/**
 * What takes the names that options data gives an exporter's interfaces.
 *
 * @param context where they go
 * @param address of the exporter, as the socket gives it
 * @returns null where nobody wants them, or the exporter has no address
 */
export function interfaceNamer(
  { interfaceNames, exporters }: CodecContext,
  address: string,
): ((ifIndex: number, nameId: number) => void) | null {
  const words = interfaceNames === undefined ? null : exporters.addressWords(address);
  if (words === null) return null;
  return (ifIndex, nameId) => interfaceNames!.learn(words, ifIndex, { nameId, teller: "options" });
}
