import { CRAFTED_PACKETS } from "../../../tests/support/crafted_packets.ts";
import { hex } from "../../../tests/support/hex.ts";
import { columnBytes, layColumns } from "../../flow/columns.ts";
import { PRESENCE_WORDS } from "../../flow/schema.ts";
import { SampledPacket } from "./sampled_packet.ts";

const PACKETS = 1000;
const CAPACITY = 1 << 14;

const columns = layColumns(new SharedArrayBuffer(columnBytes(CAPACITY)), {
  offset: 0,
  capacity: CAPACITY,
});
const packet = new SampledPacket();
let slot = 0;

for (const name of ["IPv4 and TCP", "802.1ad", "a pseudowire with a control word", "VXLAN"]) {
  const { octets, first } = CRAFTED_PACKETS.find((crafted) => crafted.name === name)!;
  const bytes = hex(octets);
  const view = new DataView(bytes.buffer);
  Deno.bench(`${name}: ${PACKETS} packets read`, () => {
    for (let i = 0; i < PACKETS; i++) packet.read(view, 0, bytes.length, first);
  });
  Deno.bench(`${name}: ${PACKETS} packets read, and rows filled`, () => {
    for (let i = 0; i < PACKETS; i++) {
      slot = (slot + 1) & (CAPACITY - 1);
      for (let w = 0; w < PRESENCE_WORDS; w++) columns.presence[slot * PRESENCE_WORDS + w] = 0;
      if (packet.read(view, 0, bytes.length, first)) packet.fill(columns, slot);
    }
  });
}
