import type { Capability } from "../../core/collector/capability.ts";
import { NetFlowAnonymiser } from "../../core/wire/anonymise/netflow_anonymiser.ts";
import { isNetFlow, NetFlowCodec } from "../../core/wire/netflow/netflow_codec.ts";

/** IPFIX over UDP, on the port that IANA gives it. */
export const ipfixUdp: Capability = {
  name: "ipfix_udp",
  description: "IPFIX on its registered port; NetFlow of any version is understood there too",
  formats: ["ipfix", "netflow1", "netflow5", "netflow7", "netflow9"],
  defaultPort: 4739,
  recognises: isNetFlow,
  buildCodec: (context) => new NetFlowCodec(context),
  buildAnonymiser: (cipher) => new NetFlowAnonymiser(cipher),
};
