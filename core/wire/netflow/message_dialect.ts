import type { ExportFormat } from "../../flow/schema.ts";
import type { SequenceUnit } from "../codec.ts";
import type { TemplateDialect } from "./parse_templates.ts";
import type { FieldNumbering } from "./read_elements.ts";

/** What the header of a datagram says. */
export interface MessageHeader {
  /** Unix milliseconds; 0 where the exporter has no clock. */
  readonly exportMs: number;
  /** Milliseconds, -1 where the format has none. */
  readonly uptimeMs: number;
  readonly sequence: number;
  readonly domain: number;
  /** Octets of the message, as far as it says so. */
  readonly length: number;
}

/** What NetFlow v9 and IPFIX do not share. */
export interface MessageDialect {
  readonly format: ExportFormat & FieldNumbering;
  readonly headerLength: number;
  /** Where the header has the 32-bit sequence number. */
  readonly sequenceAt: number;
  /** What the 16 bits behind the version count: records of every kind, or octets of the message. */
  readonly second: "records" | "octets";
  readonly readHeader: (view: DataView) => MessageHeader;
  readonly templates: TemplateDialect;
  /** Set ids of templates and options templates. */
  readonly templateSet: number;
  readonly optionsTemplateSet: number;
  readonly sequenceUnit: SequenceUnit;
}
