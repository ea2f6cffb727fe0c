/** Element of Juniper's (PEN 2636) that Junos repeats in a record, once for each property. */
export const JUNIPER_PROPERTIES = { pen: 2636, id: 137 } as const;

/** Bits of a property that say which it is; the others are its value. */
const TYPE_BITS = 6;
/** Properties by type, as Juniper's guide to inline monitoring services names them. */
const NAMES: readonly (string | undefined)[] = [
  undefined,
  "forwardingClassDropPriority",
  "forwardingExceptionCode",
  "forwardingNexthopId",
  "egressInterfaceIndex",
  "underlyingIngressInterfaceIndex",
  "ingressInterfaceIndex",
];

/**
 * Splits a common property of Junos into what it is and its value. Interfaces are told by Junos'
 * own index there, not by ifIndex.
 *
 * @param octets of the element: 2 or 4 in the field
 * @returns undefined for what is too long or too short to be one
 */
export function readJuniperProperty(
  octets: Uint8Array,
): { name: string; value: number } | undefined {
  if (octets.length === 0 || octets.length > 4) return undefined;
  const whole = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const unit = 2 ** (octets.length * 8 - TYPE_BITS);
  const type = Math.floor(whole / unit);
  return { name: `juniper.${NAMES[type] ?? `property${type}`}`, value: whole % unit };
}
