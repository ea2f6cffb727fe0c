import assert from "node:assert/strict";
import { protocolName, protocolNumber } from "./protocol.ts";

// IANA "Assigned Internet Protocol Numbers".
const REGISTRY: readonly [number, string][] = [
  [0, "HOPOPT"],
  [1, "ICMP"],
  [2, "IGMP"],
  [4, "IPv4"],
  [6, "TCP"],
  [8, "EGP"],
  [9, "IGP"],
  [17, "UDP"],
  [27, "RDP"],
  [33, "DCCP"],
  [41, "IPv6"],
  [43, "IPv6-Route"],
  [44, "IPv6-Frag"],
  [46, "RSVP"],
  [47, "GRE"],
  [50, "ESP"],
  [51, "AH"],
  [58, "IPv6-ICMP"],
  [59, "IPv6-NoNxt"],
  [60, "IPv6-Opts"],
  [88, "EIGRP"],
  [89, "OSPFIGP"],
  [94, "IPIP"],
  [97, "ETHERIP"],
  [98, "ENCAP"],
  [103, "PIM"],
  [108, "IPComp"],
  [112, "VRRP"],
  [115, "L2TP"],
  [124, "ISIS over IPv4"],
  [132, "SCTP"],
  [136, "UDPLite"],
  [137, "MPLS-in-IP"],
  [139, "HIP"],
  [142, "ROHC"],
];

Deno.test("protocol names and numbers are those of IANA, both ways and in any case", () => {
  const known = new Map(REGISTRY);
  for (let number = 0; number < 256; number++) {
    assert.equal(protocolName(number), known.get(number) ?? null, String(number));
  }
  for (const [number, name] of REGISTRY) {
    for (const text of [name, name.toLowerCase(), name.toUpperCase()]) {
      assert.equal(protocolNumber(text), number, text);
    }
  }
});

Deno.test("protocolNumber() knows usual aliases and refuses the rest", () => {
  assert.equal(protocolNumber("icmpv6"), 58);
  assert.equal(protocolNumber("ICMP6"), 58);
  assert.equal(protocolNumber("ospf"), 89);
  for (const name of ["", "tcp ", "nonsense", "__proto__", "constructor", "toString", "6"]) {
    assert.equal(protocolNumber(name), -1, name);
  }
});
