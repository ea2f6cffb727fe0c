import { PRESENCE_WORDS, presenceBit, type StoredFieldName } from "../../flow/schema.ts";
import type { FirstHeader } from "../packet/sampled_packet.ts";
import { numberExpression } from "./read_expression.ts";
import type { RowSources } from "./row_sources.ts";
import type { RecordFact, SectionKind } from "./wire_field.ts";

/** What a section begins with; a frame is Ethernet's unless the record says otherwise. */
export const FIRST_HEADER: Readonly<Record<SectionKind, FirstHeader>> = {
  frame: "ethernet",
  ip_packet: "ip",
  mpls_stack: "mpls",
  mpls_payload: "mpls_payload",
};

/** Values of dataLinkFrameType (IANA "Data Link Frame Type"); 0 is reserved. */
export const FRAME_TYPE = { ethernet: 1, ieee80211: 2 } as const;

/**
 * Statements that fill the columns of a row from the sections of its packet, where its record has
 * any, to come after the presence words: what the record says itself stands. A record without
 * counters is about one packet, which stands for as many as the sampling rate says; its octets are
 * those of its IP header, and on the link those that the exporter measured.
 *
 * @param sources of the row
 */
export function fillFromPacket(sources: RowSources): string[] {
  const sections = sources.get("packet") ?? [];
  if (sections.length === 0) return [];
  const fact = (name: RecordFact, otherwise: string): string => {
    const [source] = sources.get(name) ?? [];
    return source === undefined ? otherwise : numberExpression(source.placed, source.kind);
  };
  const counts = sources.has("bytes") || sources.has("packets");
  return [
    "if (lookups !== null) {",
    "let octets = -1;",
    // Of a packet without its beginning no header is found.
    `if (${fact("section_offset", "0")} === 0) {`,
    `const type = ${fact("frame_type", `${FRAME_TYPE.ethernet}`)}, most = ${
      fact("section_octets", "Infinity")
    };`,
    ...sections.map(({ placed: { offset, length }, kind }) => {
      const first = FIRST_HEADER[kind as SectionKind];
      const to = `${offset} + Math.min(${length}, most)`;
      const read = (header: string) =>
        `const n = lookups.packet(view, ${offset}, ${to}, ${header}, columns, slot); ` +
        "if (octets < 0) octets = n;";
      if (kind !== "frame" || !sources.has("frame_type")) return `{ ${read(`"${first}"`)} }`;
      return `if (type === ${FRAME_TYPE.ethernet}) { ${read('"ethernet"')} } ` +
        `else if (type === ${FRAME_TYPE.ieee80211}) { ${read('"ieee80211"')} }`;
    }),
    "}",
    ...(counts ? [] : [
      write("packets", "scale"),
      `if (octets >= 0) { ${write("bytes", "octets * scale")} }`,
    ]),
    ...(counts || sources.has("l2_bytes") || !sources.has("frame_length") ? [] : [
      `{ const f = ${fact("frame_length", "0")}; if (f > 0) { ${
        write("l2_bytes", "f * scale")
      } } }`,
    ]),
    "}",
  ];
}

/** Writes a column of a row whose presence words stand already. */
function write(column: StoredFieldName, value: string): string {
  const bit = presenceBit(column);
  return `columns.${column}[slot] = ${value}; ` +
    `presence[slot * ${PRESENCE_WORDS} + ${bit >> 5}] |= ${1 << (bit & 31)};`;
}
