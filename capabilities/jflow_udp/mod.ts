import type { Capability } from "../../core/collector/capability.ts";
import { NetFlowAnonymiser } from "../../core/wire/anonymise/netflow_anonymiser.ts";
import { isNetFlow, NetFlowCodec } from "../../core/wire/netflow/netflow_codec.ts";

/** J-Flow over UDP: NetFlow and IPFIX with what Junos means by them. */
export const jflowUdp: Capability = {
  name: "jflow_udp",
  description:
    "J-Flow of Juniper devices: NetFlow version 5 and 9 and inline IPFIX, where a flow without " +
    "egress interface and next hop was discarded",
  formats: ["netflow5", "netflow9", "ipfix", "netflow1", "netflow7"],
  defaultPort: 2055,
  recognises: isNetFlow,
  buildCodec: (context) => new NetFlowCodec(context, { discardedWithoutExit: true }),
  buildAnonymiser: (cipher) => new NetFlowAnonymiser(cipher),
};
