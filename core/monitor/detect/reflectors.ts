/**
 * UDP services that answer much to little, by port, with the factor that attackers got out of them:
 * Rossow, "Amplification Hell" (NDSS 2014), and CISA alert TA14-017A.
 */
// deno-fmt-ignore: one row a service reads as the table it is.
export const REFLECTORS: ReadonlyMap<number, { readonly name: string; readonly factor: number }> = new Map([
  [17, { name: "QOTD", factor: 140 }],
  [19, { name: "CharGEN", factor: 359 }],
  [53, { name: "DNS", factor: 54 }],
  [69, { name: "TFTP", factor: 60 }],
  [111, { name: "portmap", factor: 28 }],
  [123, { name: "NTP", factor: 557 }],
  [137, { name: "NetBIOS", factor: 4 }],
  [161, { name: "SNMP", factor: 6 }],
  [389, { name: "CLDAP", factor: 70 }],
  [520, { name: "RIP", factor: 131 }],
  [1900, { name: "SSDP", factor: 31 }],
  [3283, { name: "Apple Remote Management", factor: 36 }],
  [3702, { name: "WS-Discovery", factor: 500 }],
  [5353, { name: "mDNS", factor: 10 }],
  [5683, { name: "CoAP", factor: 34 }],
  [11211, { name: "memcached", factor: 51_000 }],
  [27960, { name: "Quake", factor: 64 }],
]);
