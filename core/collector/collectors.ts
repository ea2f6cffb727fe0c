import type { Logger } from "@logtape/logtape";
import type { ExporterRules } from "../exporter/exporter_policy.ts";
import type { Clock } from "../flow/clock.ts";
import type { Capability } from "./capability.ts";
import { Collector } from "./collector.ts";
import type { CollectorState } from "./collector_state.ts";
import { ringShare } from "./ring_share.ts";
import { socketAddress, StartFailure } from "./start_failure.ts";
import { unknownCapability } from "./unknown_capability.ts";

/** A capability and where a worker finds its code. */
export interface LoadedCapability {
  readonly capability: Capability;
  /** Built-in name, or URL of the module. */
  readonly source: string;
  /** Folders that its workers may read. */
  readonly readable: readonly string[];
}

/** What the collectors of a process stand on. */
export interface CollectorsOptions {
  readonly capabilities: readonly LoadedCapability[];
  readonly workerUrl: URL;
  /** Rows of each collector's ring, where memory allows. */
  readonly capacity: number;
  /** Bytes that the rings of all collectors may take together; as much as they want by default. */
  readonly maxRingBytes?: number;
  /** Most collectors, running or stopped, whose memory is kept. */
  readonly max: number;
  /** Address to listen on when none is asked for. */
  readonly host: string;
  /** Who may export to them, and at which rates. */
  readonly exporters: ExporterRules;
  /** What outlives them. */
  readonly state: CollectorState;
  readonly clock: Clock;
  readonly log: Logger;
  /** Hears of each new collector once it listens. */
  readonly onStart: (collector: Collector) => void;
}

/** What starting a collector came to. */
export interface StartResult {
  readonly status: "started" | "already_running";
  readonly collector: Collector;
}

/** Listens on every address. */
const ANY = "::";
/** Listens on IPv4 alone, for systems without IPv6. */
const IPV4_ANY = "0.0.0.0";

/** All collectors of the process. A stopped one is kept: its flows still answer questions. */
export class Collectors {
  readonly #options: CollectorsOptions;
  readonly #all: Collector[] = [];
  #starting: Promise<unknown> = Promise.resolve();
  #closed = false;
  /** When the last ring began. */
  #lastBegin = -Infinity;

  constructor(options: CollectorsOptions) {
    this.#options = options;
  }

  get capabilities(): readonly Capability[] {
    return this.#options.capabilities.map(({ capability }) => capability);
  }

  /** All collectors, running or not, in the order they were first started. */
  get all(): readonly Collector[] {
    return this.#all;
  }

  /**
   * Collectors of one capability.
   *
   * @param name of the capability
   * @param port only the one on this port
   */
  of(name: string, port?: number): Collector[] {
    return this.#all.filter((c) =>
      c.capability === name && (port === undefined || c.port === port)
    );
  }

  /**
   * Starts a collector, or finds that it runs already. Starts happen one after another.
   *
   * @param name of a loaded capability
   * @param where `host` and `port`; the defaults where left out
   * @throws {StartFailure} that names the remedy, with nothing half-started
   */
  start(name: string, where: { host?: string; port?: number } = {}): Promise<StartResult> {
    const next = this.#starting.then(() => this.#start(name, where));
    this.#starting = next.catch(() => {});
    return next;
  }

  async #start(
    name: string,
    { host, port }: { host?: string; port?: number },
  ): Promise<StartResult> {
    const loaded = this.#loaded(name);
    this.#refuseClosed(name);
    const wanted = {
      host: host ?? this.#options.host,
      port: port ?? loaded.capability.defaultPort,
    };
    const known = wanted.port === 0 && this.#all.length >= this.#options.max
      // Any port will do: a stopped collector's memory serves again.
      ? this.of(name).find((c) => !c.running && c.listensOn(wanted.host))
      : this.of(name, wanted.port).find((c) => host === undefined || c.listensOn(host));
    if (known?.running) return { status: "already_running", collector: known };
    this.#refuseTaken(name, wanted);
    const collector = known ?? this.#make(loaded, wanted);
    try {
      await collector.start();
    } catch (error) {
      if (known !== undefined || host !== undefined || !lacksIpv6(error)) throw error;
      return this.#start(name, { host: IPV4_ANY, port });
    }
    if (this.#closed) await collector.stop();
    this.#refuseClosed(name);
    if (known === undefined) {
      this.#all.push(collector);
      this.#options.onStart(collector);
    }
    return { status: "started", collector };
  }

  /**
   * Stops collectors of a capability.
   *
   * @param name of the capability
   * @param port only the one on this port
   * @returns those that were running
   */
  async stop(name: string, port?: number): Promise<Collector[]> {
    this.#loaded(name);
    const running = this.of(name, port).filter((collector) => collector.running);
    await Promise.all(running.map((collector) => collector.stop()));
    return running;
  }

  /** Stops every collector, also one that is being started, and starts no more. */
  async stopAll(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#starting, ...this.#all.map((collector) => collector.stop())]);
  }

  #loaded(name: string): LoadedCapability {
    const loaded = this.#options.capabilities.find(({ capability }) => capability.name === name);
    if (loaded !== undefined) return loaded;
    const names = this.capabilities.map((capability) => capability.name);
    throw new StartFailure(unknownCapability(name, names), "NotFound");
  }

  #refuseClosed(name: string): void {
    if (this.#closed) {
      throw new StartFailure(`cannot start ${name}: flow-agent is stopping`, "Stopped");
    }
  }

  /** The system would say only that the port is taken; we know by whom. */
  #refuseTaken(name: string, { host, port }: { host: string; port: number }): void {
    const holder = this.#all.find((c) =>
      c.running && c.port === port && port !== 0 && overlap(c.host, host)
    );
    if (holder === undefined) return;
    throw new StartFailure(
      `cannot start ${name} on ${socketAddress(host, port)}: ${holder.capability} of this server ` +
        `listens on ${socketAddress(holder.host, port)}; stop it or give another port`,
      "AddrInUse",
    );
  }

  #make(loaded: LoadedCapability, where: { host: string; port: number }): Collector {
    const { max, workerUrl, exporters, state, clock, log } = this.#options;
    if (this.#all.length >= max) {
      throw new StartFailure(
        `cannot start another collector: there are ${max} already, each with its own memory; ` +
          `raise collector.max`,
        "TooMany",
      );
    }
    return new Collector({
      capability: loaded.capability.name,
      source: loaded.source,
      readable: loaded.readable,
      ...where,
      capacity: this.#ringRows(),
      workerUrl,
      exporters,
      state,
      clock,
      begin: () => this.#lastBegin = Math.max(Math.floor(clock.now()), this.#lastBegin + 1),
      log,
    });
  }

  /** Rows of the next collector's ring. */
  #ringRows(): number {
    const { capacity, maxRingBytes: maxBytes = Infinity, log } = this.#options;
    const takenBytes = this.#all.reduce((sum, { memory }) => sum + memory.ring.byteLength, 0);
    const rows = ringShare(capacity, { maxBytes, takenBytes });
    if (rows === null) {
      throw new StartFailure(
        "cannot start another collector: the memory for flows is used up; raise store.max_mib",
        "TooMany",
      );
    }
    if (rows < capacity) log.info("less memory for flows", { rows, wanted: capacity });
    return rows;
  }
}

function lacksIpv6(error: unknown): boolean {
  return error instanceof StartFailure &&
    (error.causeName === "AddrNotAvailable" || /os error (97|10047)\b/.test(error.message));
}

/** Whether sockets on both hosts would want the same datagrams. */
function overlap(a: string, b: string): boolean {
  if (a === b || a === ANY || b === ANY) return true;
  return (a === IPV4_ANY && !b.includes(":")) || (b === IPV4_ANY && !a.includes(":"));
}
