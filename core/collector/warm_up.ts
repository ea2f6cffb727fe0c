import type { ExportFormat } from "../flow/schema.ts";
import { SAMPLE_FORMATS, type SampleFormat } from "../wire/encode/sample_formats.ts";
import { sampleFlows } from "../wire/encode/scenario.ts";
import { allocateMemory } from "./allocate_memory.ts";
import type { Capability } from "./capability.ts";
import { Intake } from "./intake.ts";

/** Rows of the ring that is written for practice. */
const ROWS = 1024;
/** Datagrams of a format: more of them make what comes no quicker (docs/adr/0018). */
const DATAGRAMS = 200;
/** Nobody is to wait longer for a collector on a slow machine, whatever is left undone. */
const MOST_MS = 150;
/** An exporter of documentation (RFC 5737), and when its flows are said to have come. */
const SOURCE = { address: "192.0.2.1", port: 49_152 };
const NOW_MS = Date.UTC(2024, 0, 1);
const UPTIME_MS = 3_600_000;

/** The formats that sample traffic can be made in. */
const SAMPLES: Partial<Record<ExportFormat, SampleFormat>> = {
  json: "json",
  netflow5: "netflow5",
  netflow9: "netflow9",
  ipfix: "ipfix",
  sflow5: "sflow",
};

/**
 * Takes in some hundred datagrams of made-up traffic in each format of a protocol, into memory that
 * is thrown away: code that has never run is slow at first, and a collector that meets the full
 * rate at once would lose what arrives meanwhile. To be called before the socket is opened.
 *
 * @param capability the protocol
 * @param now a clock in milliseconds, which bounds how long it takes
 */
export function warmUp(capability: Capability, now = () => performance.now()): void {
  const untilMs = now() + MOST_MS;
  const intake = new Intake(capability, {
    memory: allocateMemory(ROWS),
    exporters: { allow: [], samplingRates: [] },
    known: [],
    taps: { tap: null },
    now: () => NOW_MS,
    tell: () => {},
  });
  const exporters = capability.formats.flatMap((format) => {
    const sample = SAMPLES[format];
    if (sample === undefined) return [];
    const { start, flowsPerDatagram } = SAMPLE_FORMATS[sample];
    const traffic = sampleFlows("normal", { seed: 1, now: () => NOW_MS });
    const flows = Array.from({ length: flowsPerDatagram }, () => traffic.next().value);
    return [{ encoder: start(NOW_MS - UPTIME_MS), flows }];
  });
  // In turn: where time runs out, no format is left that has never run.
  for (let sent = 0; sent < DATAGRAMS; sent++) {
    for (const { encoder, flows } of exporters) {
      if (now() >= untilMs) return;
      intake.take(encoder.encode(flows, NOW_MS), SOURCE, NOW_MS);
    }
  }
}
