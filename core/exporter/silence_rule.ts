/** An exporter that was heard, and has not been for so long, is silent. */
export const SILENT_AFTER_MS = 120_000;

/**
 * How grave that is, whoever tells of it: what it saw is missing from every answer, as with loss, and
 * what others send is there.
 */
export const SILENT_SEVERITY = "warning";
