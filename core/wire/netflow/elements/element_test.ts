import assert from "node:assert/strict";
import {
  type Element,
  elementName,
  findElement,
  findNetflow9Field,
  IANA,
  netflow9FieldName,
  REVERSE_ENTERPRISE,
} from "./element.ts";

const CISCO = 9;
const NTOP = 35632;

type Known = readonly [enterprise: number, id: number, name: string, type: string, unit: string];

const KNOWN: readonly Known[] = [
  [IANA, 1, "octetDeltaCount", "unsigned64", "octets"],
  [IANA, 6, "tcpControlBits", "unsigned16", ""],
  [IANA, 22, "flowStartSysUpTime", "unsigned32", "milliseconds"],
  [IANA, 28, "destinationIPv6Address", "ipv6Address", ""],
  [IANA, 56, "sourceMacAddress", "macAddress", ""],
  [IANA, 89, "forwardingStatus", "unsigned32", ""],
  [IANA, 95, "applicationId", "octetArray", ""],
  [IANA, 154, "flowStartMicroseconds", "dateTimeMicroseconds", "microseconds"],
  [IANA, 156, "flowStartNanoseconds", "dateTimeNanoseconds", "nanoseconds"],
  [IANA, 210, "paddingOctets", "octetArray", ""],
  [IANA, 276, "dataRecordsReliability", "boolean", ""],
  [IANA, 291, "basicList", "basicList", ""],
  [IANA, 311, "samplingProbability", "float64", ""],
  [IANA, 434, "mibObjectValueInteger", "signed32", ""],
  [IANA, 496, "srhSegmentIPv6BasicList", "basicList", ""],
  [IANA, 520, "tcpOptionsFull", "unsigned256", ""],
  [IANA, 533, "pathDelaySumDeltaMicroseconds", "unsigned64", ""],
  [REVERSE_ENTERPRISE, 1, "reverseOctetDeltaCount", "unsigned64", "octets"],
  [REVERSE_ENTERPRISE, 6, "reverseTcpControlBits", "unsigned16", ""],
  [REVERSE_ENTERPRISE, 236, "reverseVRFname", "string", ""],
  [CISCO, 9316, "artClientNetworkTimeSum", "unsigned32", "milliseconds"],
  [6871, 18, "payload", "octetArray", ""],
  [6871, 16398, "reverseInitialTCPFlags", "unsigned16", ""],
  [NTOP, 125, "APPL_LATENCY_MS", "unsigned32", "milliseconds"],
  [2636, 137, "juniperCommonPropertiesId", "unsigned16", ""],
];

for (const [enterprise, id, name, type, unit] of KNOWN) {
  Deno.test(`findElement() knows ${enterprise}.${id} as ${name}`, () => {
    const element: Element = { id, enterprise, name, type: type as Element["type"], unit };
    assert.deepEqual(findElement(enterprise, id), element);
    assert.equal(elementName(enterprise, id), name);
  });
}

const UNKNOWN: readonly [what: string, enterprise: number, id: number, name: string][] = [
  ["the reserved id", IANA, 0, "element.0"],
  ["an id without a name of NetFlow v9", IANA, 65, "element.65"],
  ["an id that was withdrawn as a duplicate", IANA, 416, "element.416"],
  ["an id that is not assigned", IANA, 30_000, "element.30000"],
  ["the reverse of nothing", REVERSE_ENTERPRISE, 30_000, "enterprise.29305.30000"],
  ["an element of a known enterprise", CISCO, 1, "enterprise.9.1"],
  ["an enterprise", 12356, 1, "enterprise.12356.1"],
];

for (const [what, enterprise, id, name] of UNKNOWN) {
  Deno.test(`elementName() names ${what} that no registry knows`, () => {
    assert.equal(findElement(enterprise, id), undefined);
    assert.equal(elementName(enterprise, id), name);
  });
}

const FIELDS: readonly [what: string, type: number, enterprise: number, id: number][] = [
  ["LAST_SWITCHED is the IPFIX element", 21, IANA, 21],
  ["SAMPLING_INTERVAL is the IPFIX element", 34, IANA, 34],
  ["later numbers are IPFIX elements", 225, IANA, 225],
  ["Cisco numbers start at 32768", 42_084, CISCO, 9316],
  ["Cisco numbers above those of the ASA", 45_003, CISCO, 12_235],
  ["nProbe numbers start at 57472", 57_595, NTOP, 123],
];

for (const [what, type, enterprise, id] of FIELDS) {
  Deno.test(`findNetflow9Field() ${type}: ${what}`, () => {
    const element = findElement(enterprise, id);
    assert.notEqual(element, undefined);
    assert.deepEqual(findNetflow9Field(type), element);
    assert.equal(netflow9FieldName(type), element?.name);
  });
}

Deno.test("findNetflow9Field() knows what only NetFlow v9 has", () => {
  assert.deepEqual(findNetflow9Field(33_002), {
    id: 33_002,
    enterprise: IANA,
    name: "fwExtEvent",
    type: "unsigned16",
    unit: "",
  });
  assert.equal(findElement(IANA, 33_002), undefined);
});

Deno.test("netflow9FieldName() names field types that no registry knows", () => {
  for (const type of [0, 65, 32_768, 65_535]) {
    assert.equal(netflow9FieldName(type), `element.${type}`);
  }
});
