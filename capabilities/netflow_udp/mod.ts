import type { Capability } from "../../core/collector/capability.ts";
import { NetFlowAnonymiser } from "../../core/wire/anonymise/netflow_anonymiser.ts";
import { isNetFlow, NetFlowCodec } from "../../core/wire/netflow/netflow_codec.ts";

/** NetFlow over UDP. */
export const netflowUdp: Capability = {
  name: "netflow_udp",
  description:
    "NetFlow versions 1, 5, 7 and 9, and IPFIX, from routers, switches, firewalls and probes",
  formats: ["netflow1", "netflow5", "netflow7", "netflow9", "ipfix"],
  defaultPort: 2055,
  recognises: isNetFlow,
  buildCodec: (context) => new NetFlowCodec(context),
  buildAnonymiser: (cipher) => new NetFlowAnonymiser(cipher),
};
