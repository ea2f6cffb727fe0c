import type { Capability } from "../../core/collector/capability.ts";
import { SflowAnonymiser } from "../../core/wire/anonymise/sflow_anonymiser.ts";
import { isSflow } from "../../core/wire/sflow/is_sflow.ts";
import { SflowCodec } from "../../core/wire/sflow/sflow_codec.ts";

/** sFlow over UDP. */
export const sflowUdp: Capability = {
  name: "sflow_udp",
  description:
    "sFlow version 5 from switches, routers and hosts: sampled packets, drops and counters",
  formats: ["sflow5"],
  defaultPort: 6343,
  recognises: isSflow,
  buildCodec: (context) => new SflowCodec(context),
  buildAnonymiser: (cipher) => new SflowAnonymiser(cipher),
};
