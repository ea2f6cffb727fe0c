import type { Downtime } from "../exporter/collection_health.ts";
import { ExporterTable } from "../exporter/exporter_table.ts";
import { formatTime } from "../flow/record_reader.ts";
import { FlowRing } from "../flow/ring.ts";
import { sanitizeWireText } from "../flow/sanitize.ts";
import { allocateMemory } from "./allocate_memory.ts";
import type { CollectorStatus } from "./collector_status.ts";
import { ControlBlock } from "./control_block.ts";
import type { CollectorOptions } from "./collector_options.ts";
import { DownLog } from "./down_log.ts";
import { freePort } from "./free_port.ts";
import { CollectorTap } from "./collector_tap.ts";
import type { CollectorMemory, StartMessage, WorkerMessage } from "./messages.ts";
import { socketAddress, type StartFailure, startFailure } from "./start_failure.ts";
import { type Stranger, StrangerTable } from "./stranger_table.ts";
import { type WorkerPermissions, workerPermissions } from "./worker_permissions.ts";

const CHECK_MS = 1000;
/** Checks without a heartbeat after which a worker counts as hung. */
const SILENT_CHECKS = 5;
const START_TIMEOUT_MS = 30_000;
/** A worker that does not close its socket by then is ended as it is. */
const STOP_TIMEOUT_MS = 1000;
const FIRST_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 30_000;
/** Arrivals that are dated further ahead of the clock than this are told of. */
const AHEAD_MS = 60_000;
/** A worker that lived this long is healthy: the next back-off starts small again. */
const HEALTHY_MS = 60_000;
/**
 * Most workers of a collector that may hang at a time: Deno cannot end a worker that loops
 * (denoland/deno#35657), so each keeps a processor core until the process ends.
 */
const MAX_HUNG = 3;
/** Why a start fails after too many workers hung, and one that a stop overtook. */
const HUNG = { name: "Hung", message: "too many of its workers hang; restart flow-agent" };
const STOPPED = { name: "Stopped", message: "it was stopped" };

type State = "stopped" | "starting" | "running" | "waiting";

/**
 * One collector: a worker that owns a socket, and the memory it writes to, which outlives it. A
 * worker that dies, or whose heartbeat stands still, is ended and another takes its place.
 */
export class Collector {
  readonly capability: string;
  readonly memory: CollectorMemory;
  readonly #options: CollectorOptions;
  readonly #ring: FlowRing;
  readonly #control: ControlBlock;
  readonly #exporters: ExporterTable;
  readonly #strangers: StrangerTable;
  #host: string;
  #port: number;
  #state: State = "stopped";
  #worker: Worker | null = null;
  #cancel: () => void = () => {};
  #stopped: () => void = () => {};
  /** Fails the start that is under way, if one is. */
  #giveUp: () => void = () => {};
  #stopping: Promise<void> | null = null;
  /** Starts and stops so far: the last one asked for counts. */
  #turn = 0;
  #startedAtMs: number | null = null;
  #collectingSinceMs: number | null = null;
  #stoppedAtMs: number | null = null;
  readonly #downs = new DownLog();
  /** Copies what an exporter sends, for a capture. */
  readonly tap = new CollectorTap((message) => this.#worker?.postMessage(message));
  #spawnedAtMs = 0;
  #backoffMs = FIRST_BACKOFF_MS;
  #restarts = 0;
  /** Workers that hang: each keeps its socket. */
  #hung = 0;
  #lastError: string | null = null;

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.capability = options.capability;
    this.#host = options.host;
    this.#port = options.port;
    this.memory = allocateMemory(options.capacity);
    this.#ring = new FlowRing(this.memory.ring);
    this.#control = new ControlBlock(this.memory.control);
    this.#exporters = new ExporterTable(this.memory.exporters);
    this.#strangers = new StrangerTable(this.memory.strangers);
  }

  /** Capability and address, for people. */
  get name(): string {
    return `${this.capability}@${this.#address()}`;
  }

  get host(): string {
    return this.#host;
  }

  get port(): number {
    return this.#port;
  }

  /** Whether it was asked to listen on this host, or does. */
  listensOn(host: string): boolean {
    return host === this.#host || host === this.#options.host;
  }

  /** Whether it was started and not stopped; also while a dead worker is being replaced. */
  get running(): boolean {
    return this.#state !== "stopped";
  }

  /** Epoch of its ring, when it was started first: what came since is still there; null if never. */
  get collectingSinceMs(): number | null {
    return this.#collectingSinceMs;
  }

  /** When it was last stopped, Unix milliseconds; null if it never was. */
  get stoppedAtMs(): number | null {
    return this.#stoppedAtMs;
  }

  /**
   * Unix milliseconds that arrivals are dated until the clock has come to that: it was set back, and
   * arrivals never go back. null where they have the clock's time.
   */
  get datedAheadUntilMs(): number | null {
    const { committed, times, mask } = this.#ring;
    const newest = committed === 0 ? -Infinity : times[(committed - 1) & mask];
    return newest - this.#options.clock.now() > AHEAD_MS ? newest : null;
  }

  /** When something that bears flows was dropped last, Unix milliseconds; 0 for never. */
  get lastDropMs(): number {
    return this.#control.lastDropMs;
  }

  /** When it did not listen although it had been started, within a window of Unix milliseconds. */
  downtime(fromMs: number, toMs: number): Downtime[] {
    return this.#downs.within(fromMs, toMs).map((down) => ({ collector: this.name, ...down }));
  }

  /** Its exporters, for reading. */
  get exporters(): ExporterTable {
    return this.#exporters;
  }

  /** Who sends what it does not take, the latest first. */
  get strangers(): Stranger[] {
    return this.#strangers.all();
  }

  /**
   * Opens the socket, once a stop that is under way has ended.
   *
   * @throws {StartFailure} with nothing left half-started
   */
  async start(): Promise<void> {
    const turn = ++this.#turn;
    await this.#stopping;
    try {
      if (turn !== this.#turn) throw this.#failure(STOPPED);
      if (this.#hung > MAX_HUNG) throw this.#failure(HUNG);
      if (this.#port === 0) this.#choosePort();
      await this.#spawn();
    } catch (error) {
      this.#end();
      throw error;
    }
    this.#startedAtMs = this.#options.begin();
    this.#collectingSinceMs ??= this.#startedAtMs;
  }

  /**
   * Closes the socket and ends the worker; a start that is under way fails. What was collected stays
   * readable.
   */
  stop(): Promise<void> {
    this.#turn++;
    return this.#stopping ??= this.#stop().finally(() => this.#stopping = null);
  }

  async #stop(): Promise<void> {
    const worker = this.#state === "running" ? this.#worker : null;
    if (this.running) {
      this.#stoppedAtMs = this.#options.clock.now();
      this.#downs.down(this.#stoppedAtMs);
    }
    this.#state = "stopped";
    if (worker !== null) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#cancel();
      this.#cancel = this.#options.clock.after(STOP_TIMEOUT_MS, () => {
        // It hangs, and keeps its socket.
        this.#hung++;
        resolve();
      });
      this.#stopped = resolve;
      worker.postMessage({ type: "stop" });
      await promise;
    }
    this.#end();
  }

  status(): CollectorStatus {
    return {
      host: this.#host,
      port: this.#port,
      running: this.running,
      started_at_ms: this.#startedAtMs,
      restarts: this.#restarts,
      last_error: this.#lastError,
      permissions: this.#permissions().names,
      counters: this.#control.counters(),
      receive_gaps: this.#control.gaps(),
    };
  }

  /** Brings a worker to where it listens. */
  #spawn(): Promise<void> {
    const { clock, workerUrl } = this.#options;
    this.#state = "starting";
    this.#spawnedAtMs = clock.now();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = (cause: { name: string; message: string }): void => reject(this.#failure(cause));
    this.#giveUp = () => fail(STOPPED);
    let worker: Worker;
    try {
      worker = new Worker(workerUrl, {
        type: "module",
        name: this.name,
        deno: { permissions: this.#permissions().granted },
      });
    } catch (error) {
      fail(error as Error);
      return promise;
    }
    this.#worker = worker;
    const message = `its worker did not start in ${START_TIMEOUT_MS} ms`;
    this.#cancel = clock.after(START_TIMEOUT_MS, () => fail({ name: "TimedOut", message }));
    worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => {
      if (worker !== this.#worker) return;
      switch (data.type) {
        case "ready":
          worker.postMessage(this.#startMessage());
          break;
        case "listening":
          this.#listening(data);
          resolve();
          break;
        case "failed":
          fail({ name: data.error, message: data.message });
          break;
        case "tapped":
          this.tap.hear(data.batch);
          break;
        case "stopped":
          this.#stopped();
          break;
        case "learnt":
          this.#options.state.save(this.#place(), data.changes);
          break;
        case "problem":
          this.#options.log.warn("could not decode", { collector: this.name, text: data.text });
      }
    };
    worker.onerror = (event) => {
      event.preventDefault();
      if (worker !== this.#worker) return;
      if (this.#state === "running") this.#replace(`its worker died: ${event.message}`);
      else fail({ name: "WorkerError", message: event.message });
    };
    return promise;
  }

  #startMessage(): StartMessage {
    return {
      type: "start",
      capability: this.#options.source,
      ...this.#wanted(),
      shared: this.#hung > 0,
      clock: this.#options.clock.shared,
      memory: this.memory,
      exporters: this.#options.exporters,
      known: this.#options.state.load(this.#place()),
    };
  }

  /** Under which its state is kept. */
  #place(): { capability: string; port: number } {
    return { capability: this.capability, port: this.#port };
  }

  #listening({ host, port }: { host: string; port: number }): void {
    this.#cancel();
    this.#state = "running";
    this.#host = host;
    this.#port = port;
    this.#downs.up(this.#options.clock.now());
    this.#options.log.info("listening", { collector: this.name });
    this.#watch();
  }

  /** Counts checks, not seconds: a machine that slept has not heard from anyone. */
  #watch(): void {
    let seen = this.#control.heartbeat;
    let silent = 0;
    let ahead: number | null = null;
    this.#cancel = this.#options.clock.every(CHECK_MS, () => {
      const until = this.datedAheadUntilMs;
      if (ahead === null && until !== null) this.#warnOfTime(until);
      ahead = until;
      const now = this.#control.heartbeat;
      silent = now === seen ? silent + 1 : 0;
      seen = now;
      if (silent >= SILENT_CHECKS) {
        this.#hung++;
        this.#downs.down(this.#options.clock.now() - SILENT_CHECKS * CHECK_MS);
        this.#replace(`its worker gave no sign of life for ${SILENT_CHECKS * CHECK_MS} ms`);
      }
    });
  }

  #warnOfTime(until: number): void {
    this.#options.log.warn("the clock was set back: restart flow-agent to date arrivals by it", {
      collector: this.name,
      dated: formatTime(until),
    });
  }

  /** Ends a worker that is of no use any more and starts another after the back-off. */
  #replace(reason: string): void {
    const { clock, log } = this.#options;
    this.#dropWorker();
    this.#downs.down(clock.now());
    this.#lastError = sanitizeWireText(reason);
    this.#restarts++;
    if (clock.now() - this.#spawnedAtMs > HEALTHY_MS) this.#backoffMs = FIRST_BACKOFF_MS;
    if (this.#hung > MAX_HUNG) return this.#surrender();
    log.error("restarting", { collector: this.name, reason, in_ms: this.#backoffMs });
    this.#state = "waiting";
    this.#cancel = clock.after(this.#backoffMs, () => {
      this.#spawn().catch((error) => {
        if (this.#state !== "stopped") this.#replace(error.message);
      });
    });
    this.#backoffMs = Math.min(this.#backoffMs * 2, MAX_BACKOFF_MS);
  }

  #surrender(): void {
    this.#lastError = `${this.#hung} of its workers hang and cannot be ended; stopped for good: ` +
      `restart flow-agent`;
    this.#stoppedAtMs = this.#options.clock.now();
    this.#options.log.error("stopped for good", {
      collector: this.name,
      reason: this.#lastError,
    });
    this.#end();
  }

  #end(): void {
    this.#dropWorker();
    this.#state = "stopped";
  }

  #dropWorker(): void {
    this.#cancel();
    this.#cancel = () => {};
    this.#giveUp();
    this.#giveUp = () => {};
    this.#worker?.terminate();
    this.#worker = null;
    this.tap.lost();
  }

  /** The host as it was asked for, since that is what was granted, with the port it has by now. */
  #wanted(): { host: string; port: number } {
    return { host: this.#options.host, port: this.#port };
  }

  #address(): string {
    const { host, port } = this.#wanted();
    return socketAddress(host, port);
  }

  #choosePort(): void {
    try {
      this.#port = freePort(this.#options.host);
    } catch (error) {
      throw this.#failure(error as Error);
    }
  }

  #failure(cause: { name: string; message: string }): StartFailure {
    return startFailure(cause, { capability: this.capability, ...this.#wanted() });
  }

  #permissions(): WorkerPermissions {
    return workerPermissions(this.#address(), this.#options.readable);
  }
}
