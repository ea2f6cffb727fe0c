import type { Capability } from "../../core/collector/capability.ts";
import { JsonAnonymiser } from "./anonymiser.ts";
import { JsonCodec } from "./codec.ts";

const JSON_START = /^[\s\ufeff]*[[{]/;

/** Flow records as JSON text over UDP. */
export const jsonUdp: Capability = {
  name: "json_udp",
  description:
    "flow records as JSON: one object, an array, or newline-separated objects a datagram, in " +
    "flow-agent's own names, the Elastic Common Schema or goflow2's",
  formats: ["json"],
  defaultPort: 6343,
  recognises: (datagram) => JSON_START.test(new TextDecoder().decode(datagram.subarray(0, 64))),
  buildCodec: (context) => new JsonCodec(context),
  buildAnonymiser: (cipher) => new JsonAnonymiser(cipher),
};
