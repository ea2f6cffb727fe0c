import { exportTime } from "./export_time.ts";
import { NETFLOW9_TEMPLATES } from "./parse_templates.ts";
import type { MessageDialect } from "./message_dialect.ts";

/** NetFlow version 9: RFC 3954 §5.1. The count of records is not needed and often wrong. */
export const NETFLOW9: MessageDialect = {
  format: "netflow9",
  headerLength: 20,
  sequenceAt: 12,
  second: "records",
  readHeader: (view) => ({
    uptimeMs: view.getUint32(4),
    exportMs: exportTime(view.getUint32(8) * 1000, view.getUint32(4)),
    sequence: view.getUint32(12),
    domain: view.getUint32(16),
    length: Infinity,
  }),
  templates: NETFLOW9_TEMPLATES,
  templateSet: 0,
  optionsTemplateSet: 1,
  sequenceUnit: "datagrams",
};
