import type { Dictionary } from "../../flow/dictionary.ts";
import type { DatagramSource } from "../codec.ts";
import { OctetWriter } from "../encode/octet_writer.ts";
import { writeTemplateRecord } from "../encode/template_record.ts";
import type { Recalled, RecallLedger } from "../recall.ts";
import type { ExporterFacts } from "./exporter_facts.ts";
import { factOptions, recordLength } from "./fact_options.ts";
import type { MessageDialect } from "./message_dialect.ts";
import type { Message } from "./open_message.ts";
import { parseTemplates } from "./parse_templates.ts";
import { signatureOf, type TemplateRecord } from "./template.ts";
import type { TemplateCache } from "./template_cache.ts";

/** Octets of a datagram that passes any network; a longer template has one of its own. */
const DATAGRAM_OCTETS = 1400;
const MAX_DATAGRAM_OCTETS = 65_000;
const SET_HEADER = 4;
/** Octets of a message header, that of v9. */
const MAX_HEADER = 20;
const LAST_ID = 65_535;

/** Sets that stand together, and what they hold. */
interface Piece {
  readonly octets: Uint8Array;
  readonly templates: number;
  /** Data records. */
  readonly records: number;
}

/**
 * What a decoder that begins with a datagram has to know of its session, as datagrams that the
 * exporter could have sent just before it: they have its header, and sequence numbers that lead up
 * to its own, so that nobody finds loss or a restart between them.
 *
 * @param message the datagram
 * @param what its `dialect` and `source`, and `nowMs`; the `cache` of templates, the exporter's
 *   `facts` and the `dictionary` of their names; the capture's `ledger`
 * @returns null where there is nothing to tell, or all has been told
 */
export function recallSession(
  { view, header: { sequence, domain } }: Message,
  { source, nowMs, dialect, cache, facts, dictionary, ledger }: {
    source: DatagramSource;
    nowMs: number;
    dialect: MessageDialect;
    cache: TemplateCache;
    facts: ExporterFacts;
    dictionary: Dictionary;
    ledger: RecallLedger;
  },
): Recalled | null {
  const exporter = `${dialect.format}|${source.address}|${domain}`;
  if (!ledger.begins(`${exporter}|${source.port}`)) return null;
  const known = cache.usable(source, domain, cache.scope(source, domain, nowMs))
    .map(({ record }) => record);
  const pieces = templatePieces(known, dialect);
  let leftOut = known.length - pieces.length;
  // Options hold for all ports of the exporter.
  if (ledger.begins(exporter)) {
    const said = factPieces(facts, { dialect, dictionary, taken: known.map(({ id }) => id) });
    pieces.push(...said.pieces);
    leftOut += said.leftOut;
  }
  const kept: Piece[] = [];
  for (const piece of pieces) {
    if (piece.octets.length + dialect.headerLength > ledger.octetsLeft) {
      leftOut += piece.templates + piece.records;
    } else {
      ledger.octetsLeft -= piece.octets.length + dialect.headerLength;
      kept.push(piece);
    }
  }
  if (kept.length === 0 && leftOut === 0) return null;
  return {
    payloads: datagramsOf(packed(kept), { view, dialect, sequence }),
    templates: kept.reduce((sum, piece) => sum + (piece.records > 0 ? 0 : piece.templates), 0),
    facts: kept.reduce((sum, { records }) => sum + records, 0),
    leftOut,
  };
}

/** One set a template: only so does each stay what it is, whatever stands beside it. */
function templatePieces(records: readonly TemplateRecord[], dialect: MessageDialect): Piece[] {
  return records.map((record) => ({ record, octets: templateSet(record, dialect) }))
    .filter(({ record, octets }) => octets !== null && isReadAs(record, octets, dialect))
    .map(({ octets }) => ({ octets: octets!, templates: 1, records: 0 }));
}

/** Null where a number does not fit its octets. */
function templateSet(record: TemplateRecord, dialect: MessageDialect): Uint8Array | null {
  const { templateSet, optionsTemplateSet, templates } = dialect;
  const out = new OctetWriter(MAX_DATAGRAM_OCTETS);
  try {
    writeSet(out, record.scopeFields > 0 ? optionsTemplateSet : templateSet, () => {
      writeTemplateRecord(out, record, templates.optionsHeader);
    });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
  return out.octets.slice();
}

/** Whether a decoder would find this template in its set: v9 has enterprise numbers by guess. */
function isReadAs(record: TemplateRecord, octets: Uint8Array, dialect: MessageDialect): boolean {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const [found, ...more] = parseTemplates(view, { from: SET_HEADER, to: octets.length }, {
    dialect: dialect.templates,
    options: record.scopeFields > 0,
  });
  return more.length === 0 && found !== undefined && !("code" in found) &&
    signatureOf(found) === signatureOf(record);
}

/** Facts as pieces that have their options template with them. */
function factPieces(
  facts: ExporterFacts,
  { dialect, dictionary, taken }: {
    dialect: MessageDialect;
    dictionary: Dictionary;
    taken: readonly number[];
  },
): { pieces: Piece[]; leftOut: number } {
  let last = LAST_ID + 1;
  const freeId = () => {
    do last--; while (taken.includes(last));
    return last;
  };
  const pieces: Piece[] = [];
  let leftOut = 0;
  for (const options of factOptions(facts, { format: dialect.format, dictionary, freeId })) {
    leftOut += options.leftOut;
    const announced = templateSet(options.template, dialect)!;
    const room = DATAGRAM_OCTETS - dialect.headerLength - announced.length - SET_HEADER;
    const each = Math.max(1, Math.floor(room / recordLength(options)));
    for (let from = 0; from < options.records.length; from += each) {
      const records = options.records.slice(from, from + each);
      const out = new OctetWriter(MAX_DATAGRAM_OCTETS);
      writeSet(out, options.template.id, () => records.forEach((write) => write(out)));
      const octets = new Uint8Array(announced.length + out.length);
      octets.set(announced);
      octets.set(out.octets, announced.length);
      pieces.push({ octets, templates: 1, records: records.length });
    }
  }
  return { pieces, leftOut };
}

/** Pieces side by side as far as they fit a datagram. */
function packed(pieces: readonly Piece[]): Piece[][] {
  const groups: Piece[][] = [];
  let octets = Infinity;
  for (const piece of pieces) {
    octets += piece.octets.length;
    if (octets > DATAGRAM_OCTETS - MAX_HEADER) {
      groups.push([]);
      octets = piece.octets.length;
    }
    groups.at(-1)!.push(piece);
  }
  return groups;
}

function datagramsOf(
  groups: readonly Piece[][],
  { view, dialect, sequence }: { view: DataView; dialect: MessageDialect; sequence: number },
): Uint8Array<ArrayBuffer>[] {
  const { headerLength, sequenceAt, sequenceUnit, second } = dialect;
  const header = new Uint8Array(view.buffer, view.byteOffset, headerLength);
  const sum = (group: readonly Piece[], of: "templates" | "records") =>
    group.reduce((total, piece) => total + piece[of], 0);
  const unitsOf = (group: readonly Piece[]) =>
    sequenceUnit === "datagrams" ? 1 : sum(group, "records");
  let next = sequence - groups.reduce((total, group) => total + unitsOf(group), 0);
  return groups.map((group) => {
    const octets = group.reduce((total, piece) => total + piece.octets.length, headerLength);
    const payload = new Uint8Array(octets);
    payload.set(header);
    let at = headerLength;
    for (const piece of group) {
      payload.set(piece.octets, at);
      at += piece.octets.length;
    }
    const written = new DataView(payload.buffer);
    written.setUint16(
      2,
      second === "octets" ? octets : sum(group, "templates") + sum(group, "records"),
    );
    written.setUint32(sequenceAt, next >>> 0);
    next += unitsOf(group);
    return payload;
  });
}

/** Sets are filled up to 32 bits, as RFC 3954 §5.3 has it and RFC 7011 §3.3.1 allows. */
function writeSet(out: OctetWriter, id: number, write: () => void): void {
  const from = out.length;
  out.unsigned(id, 2).unsigned(SET_HEADER, 2);
  write();
  out.pad(4);
  out.patch(from + 2, out.length - from);
}
