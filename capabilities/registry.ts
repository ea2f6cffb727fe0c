import type { Capability } from "../core/collector/capability.ts";
import { ipfixUdp } from "./ipfix_udp/mod.ts";
import { jflowUdp } from "./jflow_udp/mod.ts";
import { jsonUdp } from "./json_udp/mod.ts";
import { netflowUdp } from "./netflow_udp/mod.ts";
import { sflowUdp } from "./sflow_udp/mod.ts";

/** The protocols that flow-agent brings along: a new one is a folder here and a line there. */
export const builtInCapabilities: readonly Capability[] = [
  jsonUdp,
  // First of those that recognise NetFlow: the one that a file is decoded by unless another is named.
  netflowUdp,
  jflowUdp,
  ipfixUdp,
  sflowUdp,
];
