import type { Capability } from "../../core/collector/capability.ts";
import { NetFlowCodec } from "./codec.ts";

/** NetFlow over UDP. */
export const netflowUdp: Capability = {
  name: "netflow_udp",
  description: "NetFlow version 5 from routers, switches, firewalls and software probes",
  formats: ["netflow5"],
  defaultPort: 2055,
  recognises: (datagram) => datagram.length >= 2 && datagram[0] === 0 && datagram[1] === 5,
  buildCodec: (context) => new NetFlowCodec(context),
};
