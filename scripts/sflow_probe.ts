import { OctetWriter } from "../core/wire/encode/octet_writer.ts";
import { FLOW } from "../core/wire/sflow/flow_structures.ts";

const IPV4 = 1;
const TCP = 6;
const ICMP = 1;

/** Datagrams of one sample each that together hold everything a row can be written from. */
export function sflowProbeDatagrams(): Uint8Array[] {
  const everything: [number, number[]][] = [
    [FLOW.extendedRouter, [IPV4, 0xc0000201, 24, 16]],
    [FLOW.extendedGateway, [IPV4, 0xc0000202, 1, 2, 3, 1, 2, 1, 4, 0, 100]],
    [FLOW.extendedSwitch, [10, 0, 20, 0]],
    [FLOW.extendedMpls, [IPV4, 0xc0000203, 1, 0x1000, 0]],
    [FLOW.extendedNat, [IPV4, 0xc6336401, IPV4, 0xc6336402]],
    [FLOW.extendedNatPort, [1, 2]],
    [FLOW.extendedTcpInfo, [1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1]],
  ];
  const discarded = 0x4000_0102;
  return [
    datagram([1, [1, 3, 100, 100, 0, 3, discarded]], [sampledHeader(TCP), ...everything]),
    datagram([1, [2, 3, 100, 200, 0, 3, 4]], [sampledHeader(ICMP)]),
    datagram([5, [3, 0, 3, 0, 3, 4, 258]], [sampledHeader(TCP)]),
  ];
}

/** A frame with an IPv4 packet whose transport header is all ones. */
function sampledHeader(protocol: number): [number, number[]] {
  const header = [
    ...[0x02000000, 0x00020200, 0x00000001, 0x08004500, 0x00280000, 0x00004000 + protocol],
    ...[0x0000c000, 0x0209c633, 0x64090101, 0x01010101, 0x01010101, 0x01015001],
    ...[0x01010101, 0x01010000],
  ];
  return [FLOW.sampledHeader, [1, 64, 4, 54, ...header]];
}

function datagram(
  [format, head]: [number, number[]],
  structures: readonly [number, number[]][],
): Uint8Array {
  const words = structures.flatMap(([number, contents]) => [
    number,
    contents.length * 4,
    ...contents,
  ]);
  const sample = [...head, structures.length, ...words];
  return new OctetWriter(2048)
    .words([5, IPV4, 0xc0000209, 1, 1, 1000, 1, format, sample.length * 4, ...sample])
    .octets;
}
