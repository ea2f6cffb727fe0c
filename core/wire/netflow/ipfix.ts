import { exportTime } from "./export_time.ts";
import { IPFIX_TEMPLATES } from "./parse_templates.ts";
import type { MessageDialect } from "./message_dialect.ts";

/** IPFIX: RFC 7011 §3.1. */
export const IPFIX: MessageDialect = {
  format: "ipfix",
  headerLength: 16,
  sequenceAt: 8,
  second: "octets",
  readHeader: (view) => ({
    uptimeMs: -1,
    exportMs: exportTime(view.getUint32(4) * 1000),
    sequence: view.getUint32(8),
    domain: view.getUint32(12),
    length: view.getUint16(2),
  }),
  templates: IPFIX_TEMPLATES,
  templateSet: 2,
  optionsTemplateSet: 3,
  sequenceUnit: "records",
};
