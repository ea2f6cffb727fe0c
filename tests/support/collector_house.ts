import { builtInCapabilities } from "../../capabilities/registry.ts";
import type { Collector } from "../../core/collector/collector.ts";
import { Collectors, type LoadedCapability } from "../../core/collector/collectors.ts";
import type { CollectorState } from "../../core/collector/collector_state.ts";
import type { ExporterRules } from "../../core/exporter/exporter_policy.ts";
import { readRecord } from "../../core/flow/record_reader.ts";
import { RingReader } from "../../core/flow/ring_reader.ts";
import { type FlowRecord, STORED_FIELDS } from "../../core/flow/schema.ts";
import { openSource } from "../../core/query/flow_source.ts";
import { CaptureLog } from "./capture_log.ts";
import { FakeClock } from "./fake_clock.ts";
import { buildCapability } from "./capabilities/probe/mod.ts";
import { until } from "./until.ts";

/** Entry module of collector workers. */
export const COLLECTOR_WORKER = new URL("../../capabilities/worker.ts", import.meta.url);
/** The same with the probe built in. */
export const PROBE_WORKER = new URL("./probe_worker.ts", import.meta.url);
/** Folder of the probe, as a path. */
export const PROBE_FOLDER = new URL("./capabilities/probe/", import.meta.url).pathname;

const BUILT_IN: readonly LoadedCapability[] = builtInCapabilities.map((capability) => ({
  capability,
  source: capability.name,
  readable: [],
}));

/** The probe as `loadCapabilities` loads it from a path. */
export const PROBE: LoadedCapability = {
  capability: buildCapability(),
  source: new URL("./capabilities/probe/mod.ts", import.meta.url).href,
  readable: [PROBE_FOLDER],
};

/** Collectors with a clock that a test turns: real workers, real sockets. Stopped when disposed. */
export class CollectorHouse {
  readonly clock = new FakeClock();
  readonly log = new CaptureLog();
  readonly started: Collector[] = [];
  readonly collectors: Collectors;

  /** @param options `capabilities` (default: built-in ones and the probe), and what else differs */
  constructor(
    {
      capabilities = [...BUILT_IN, PROBE],
      host = "127.0.0.1",
      max = 16,
      capacity = 4096,
      maxRingBytes,
      workerUrl = COLLECTOR_WORKER,
      exporters = { allow: [], samplingRates: [] },
      state = { load: () => [], save: () => {} },
    }: {
      capabilities?: readonly LoadedCapability[];
      host?: string;
      max?: number;
      capacity?: number;
      maxRingBytes?: number;
      workerUrl?: URL;
      exporters?: ExporterRules;
      state?: CollectorState;
    } = {},
  ) {
    this.collectors = new Collectors({
      capabilities,
      workerUrl,
      capacity,
      maxRingBytes,
      max,
      host,
      exporters,
      state,
      clock: this.clock,
      log: this.log.logger,
      onStart: (collector) => this.started.push(collector),
    });
  }

  /** Turns the clock check by check until a condition holds. */
  async turnUntil(what: string, condition: () => boolean): Promise<void> {
    await until(what, () => {
      this.clock.advance(250);
      return condition() || undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A worker that hangs does not hear the wish to stop: time has to pass for it to be ended.
    let stopped = false;
    const stopping = this.collectors.stopAll().then(() => stopped = true);
    await this.turnUntil("all collectors stop", () => stopped);
    await stopping;
  }
}

/** Every record that a collector holds, oldest first. */
export function recordsOf(collector: Collector): FlowRecord[] {
  const { capability, memory } = collector;
  const source = openSource({ capability, port: 0, epoch: 0, ...memory });
  const { ring } = source;
  const reader = new RingReader(ring, {
    fields: STORED_FIELDS.map(({ name }) => name),
    blockRows: ring.capacity,
  });
  const { start, end } = reader.read(0);
  return Array.from({ length: end - start }, (_, i) => readRecord(reader.block, start + i, source));
}

/** Whether nobody has a UDP port of 127.0.0.1. */
export function isFree(port: number): boolean {
  try {
    Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}
