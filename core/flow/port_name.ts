import { SERVICE_NAMES } from "./generated/service_names.ts";

/**
 * Name of the service of a port, whatever the protocol: the first one of IANA's registry.
 *
 * @param port 0 to 65,535
 * @returns undefined where there is none
 */
export function portName(port: number): string | undefined {
  let below = 0;
  let above = SERVICE_NAMES.length;
  while (below < above) {
    const middle = (below + above) >> 1;
    if (SERVICE_NAMES[middle][0] < port) below = middle + 1;
    else above = middle;
  }
  return SERVICE_NAMES[below]?.[0] === port ? SERVICE_NAMES[below][1] : undefined;
}
