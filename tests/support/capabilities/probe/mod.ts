import type { Capability } from "../../../../core/collector/capability.ts";
import { DEVICE_COUNTER_TABLE, INTERFACE_TABLE } from "../../../../core/flow/interface_schema.ts";
import { blankRow } from "../../../../core/flow/row_writer.ts";
import { PRESENCE_WORDS, presenceBit } from "../../../../core/flow/schema.ts";
import type { Codec, CodecContext, DatagramSource } from "../../../../core/wire/codec.ts";

/** What a datagram can make the probe try; each is told what to try it on. */
const ATTEMPTS: Readonly<Record<string, (on: string) => unknown>> = {
  read: (path) => Deno.readTextFileSync(path),
  env: (name) => Deno.env.get(name),
  write: (path) => Deno.writeTextFileSync(path, "written"),
  run: (program) => new Deno.Command(program, { args: ["--version"] }).outputSync(),
  sys: () => Deno.hostname(),
  ffi: (path) => Deno.dlopen(path, {}),
  fetch: (url) => fetch(url),
  connect: (port) => Deno.connect({ hostname: "127.0.0.1", port: Number(port) }),
  send: async (port) => {
    const to = { transport: "udp", hostname: "127.0.0.1", port: Number(port) } as const;
    const socket = Deno.listenDatagram({ ...to, port: 0 });
    await socket.send(new Uint8Array(1), to);
  },
  listen: (port) =>
    Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: Number(port) }),
  import: (url) => import(url),
  worker: (url) => {
    new Worker(url, { type: "module", deno: { permissions: "inherit" } });
    new Worker(url, { type: "module", deno: { permissions: { read: true, net: true } } });
  },
};

/**
 * A capability that does what the text of a datagram says:
 *
 * - `flow N`: gives N rows
 * - `interface N`: gives a sample of each of the interfaces 1 to N, and a counter of the device
 * - `hang`, `die`, `reject`, `throw`: fails in that way
 * - a key of ATTEMPTS and what to try it on: reports the outcome as the `application` of a row,
 *   `read done` or `read NotCapable read`
 * - `early`: reports whether another socket could be opened before the collector had its own
 */
export function buildCapability(): Capability {
  const early = openEarly();
  return {
    name: "probe",
    description: "does what a test tells it",
    formats: ["json"],
    defaultPort: 0,
    recognises: () => false,
    buildCodec: (context) => new ProbeCodec(context, early),
  };
}

function openEarly(): string {
  try {
    Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 }).close();
    return "early done";
  } catch (error) {
    return `early ${outcomeOf(error as Error)}`;
  }
}

function outcomeOf({ name, message }: Error): string {
  return `${name} ${/Requires (\w+) access/.exec(message)?.[1] ?? message}`;
}

class ProbeCodec implements Codec {
  readonly #context: CodecContext;
  readonly #early: string;
  #receivedAtMs = 0;

  constructor(context: CodecContext, early: string) {
    this.#context = context;
    this.#early = early;
  }

  decode(datagram: Uint8Array, _: DatagramSource, receivedAtMs: number): void {
    this.#receivedAtMs = receivedAtMs;
    const [, verb, on] = /^(\w+) ?(.*)$/.exec(new TextDecoder().decode(datagram)) ?? [];
    if (verb === "flow") {
      for (let i = 0; i < Number(on); i++) this.#row("flow");
    } else if (verb === "interface") {
      this.#sample(Number(on));
    } else if (verb === "early") {
      this.#row(this.#early);
    } else if (verb === "hang") {
      while (true);
    } else if (verb === "die") {
      queueMicrotask(() => {
        throw new Error("told to die");
      });
    } else if (verb === "reject") {
      Promise.reject(new Error("told to reject"));
    } else if (verb === "throw") {
      throw new TypeError("told to throw");
    } else {
      this.#attempt(verb, on);
    }
  }

  async #attempt(verb: string, on: string): Promise<void> {
    let outcome = "done";
    try {
      await ATTEMPTS[verb](on);
    } catch (error) {
      outcome = outcomeOf(error as Error);
    }
    this.#row(`${verb} ${outcome}`);
  }

  #sample(count: number): void {
    const { interfaces, deviceCounters } = this.#context;
    const sample = blankRow(INTERFACE_TABLE);
    sample.received_at = this.#receivedAtMs;
    sample.if_name = "probed";
    for (sample.if_index = 1; sample.if_index <= count; sample.if_index++) {
      sample.in_octets = sample.if_index * 1000;
      interfaces?.write(sample);
    }
    const counter = blankRow(DEVICE_COUNTER_TABLE);
    deviceCounters?.write(Object.assign(counter, { group: "processor", counter: "cpu", value: 7 }));
  }

  #row(application: string): void {
    const { rows, dictionary } = this.#context;
    const slot = rows.reserve(1) & rows.mask;
    rows.columns.received_at[slot] = rows.receivedAt(this.#receivedAtMs);
    rows.columns.application[slot] = dictionary.intern(application);
    const presence = rows.columns.presence.subarray(slot * PRESENCE_WORDS);
    presence.fill(0, 0, PRESENCE_WORDS);
    for (const bit of [presenceBit("received_at"), presenceBit("application")]) {
      presence[bit >> 5] |= 1 << (bit & 31);
    }
    rows.commit(1);
  }
}
