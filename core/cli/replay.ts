import { countOf } from "../count_of.ts";
import type { CapturedDatagram } from "../capture/capture_event.ts";
import { readCapture } from "../capture/read_capture.ts";
import { formatAddressBytes } from "../flow/address.ts";
import { type Command, CommandFailure, UsageError } from "./command.ts";
import { requireLoopback } from "./require_loopback.ts";
import { openFile } from "./open_file.ts";
import { parseEndpoint } from "./parse_endpoint.ts";
import { parseExporter } from "./parse_exporter.ts";
import { replayDatagrams } from "./replay_datagrams.ts";
import { untilSignal } from "./signals.ts";

/** Sockets to send from; sources beyond share them. */
const MAX_SOCKETS = 256;

export const replay: Command = {
  name: "replay",
  summary: "sends the datagrams of a capture again, with the pauses between them",
  positionals: "FILE",
  options: {
    to: { type: "string", value: "HOST:PORT", description: "where to" },
    speed: { type: "string", value: "N", description: "so many times faster, or max (1)" },
    exporter: { type: "string", value: "ADDRESS", description: "only this one's datagrams" },
    "allow-remote": { type: "boolean", description: "send beyond this machine" },
  },
  async run(args, { clock }) {
    const [path, ...more] = args.positionals;
    if (path === undefined || more.length > 0) throw new UsageError("replay: name one file");
    const { host = "127.0.0.1", port } = parseEndpoint(args.text("to") ?? "", { option: "--to" });
    if (port === undefined) {
      throw new UsageError("replay: say where to, such as --to 127.0.0.1:2055");
    }
    requireLoopback(host, args.flag("allow-remote"));
    const speed = args.text("speed") === "max"
      ? Infinity
      : args.number("speed", { min: 0.001, max: 1e6 }) ?? 1;
    const exporter = parseExporter(args);
    let ended = false;
    const stopped = untilSignal().then(() => {
      ended = true;
      return null;
    });
    using file = openFile(path);
    using senders = new Senders({ host, port });
    const replaying = replayDatagrams(readCapture(file.readable), {
      speed,
      exporter,
      clock,
      send: (datagram) => senders.send(datagram),
      stopped: () => ended,
    }).catch((error) => {
      throw new CommandFailure(`${path}: ${error.message}`);
    });
    const replayed = await Promise.race([replaying, stopped]);
    console.log(`sent ${countOf(senders.sent, "datagram")} of ${path} to ${host} port ${port}`);
    if (senders.sources > 1) {
      console.error(
        `all come from this machine's address; the ${senders.sources} sources of the capture ` +
          "differ by port alone",
      );
    }
    if (replayed === null) return 0;
    if (replayed.shortened > 0) {
      console.error(
        `made a second of ${countOf(replayed.shortened, "pause")} of more than an hour`,
      );
    }
    if (replayed.others > 0) console.error(`left out ${replayed.others} of other exporters`);
    if (replayed.skipped > 0) {
      console.error(`left out ${countOf(replayed.skipped, "record")} without a whole UDP datagram`);
    }
    return 0;
  },
};

/** Sends from a port for each source of the capture: templates are known by the port they came from. */
class Senders implements Disposable {
  readonly #to: Deno.NetAddr;
  readonly #sockets = new Map<string, Deno.DatagramConn>();
  readonly #pool: Deno.DatagramConn[] = [];
  #sent = 0;

  constructor({ host, port }: { host: string; port: number }) {
    this.#to = { transport: "udp", hostname: host, port };
  }

  get sent(): number {
    return this.#sent;
  }

  /** Sources that have a port of their own. */
  get sources(): number {
    return this.#pool.length;
  }

  async send({ payload, sourceAddress, sourcePort }: CapturedDatagram): Promise<void> {
    const source = `${formatAddressBytes(sourceAddress)}|${sourcePort}`;
    const socket = this.#sockets.get(source) ?? this.#open(source);
    await socket.send(payload, this.#to);
    this.#sent++;
  }

  #open(source: string): Deno.DatagramConn {
    // Sources beyond the last port share the first one, and are not remembered.
    if (this.#pool.length >= MAX_SOCKETS) return this.#pool[0];
    const hostname = this.#to.hostname.includes(":") ? "::" : "0.0.0.0";
    const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
    this.#pool.push(socket);
    this.#sockets.set(source, socket);
    return socket;
  }

  [Symbol.dispose](): void {
    for (const socket of this.#pool) socket.close();
  }
}
