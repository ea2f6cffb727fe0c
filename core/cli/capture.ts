import { countOf } from "../count_of.ts";
import { socketAddress, startFailure } from "../collector/start_failure.ts";
import { addressBytes } from "../flow/address.ts";
import { AddressCipher } from "../wire/anonymise/address_cipher.ts";
import { LIMITS } from "../wire/limits.ts";
import { CaptureSession } from "../recording/capture_session.ts";
import { anonymiseKey } from "./anonymise_key.ts";
import { captureFromServer } from "./capture_from_server.ts";
import { parseUrl } from "./reach_server.ts";
import { type Command, CommandFailure, UsageError } from "./command.ts";
import { parseEndpoint } from "./parse_endpoint.ts";
import { parseExporter } from "./parse_exporter.ts";
import { untilSignal } from "./signals.ts";

/** Exporters repeat their templates at least every half an hour. */
const DEFAULT_SECONDS = 1800;

export const capture: Command = {
  name: "capture",
  summary: "writes the datagrams of one exporter to a pcap file, with the templates they need",
  options: {
    url: {
      type: "string",
      value: "URL",
      description: "have the server at http://…/mcp capture into its folder (30 s, at most 600)",
    },
    capability: {
      type: "string",
      value: "NAME",
      description: "with --url: only collectors of this capability",
    },
    on: { type: "string", value: "[HOST:]PORT", description: "where to listen" },
    to: { type: "string", value: "FILE", description: "pcap file to write; an existing one stays" },
    exporter: {
      type: "string",
      value: "ADDRESS",
      description: "whose datagrams (the first that sends)",
    },
    count: { type: "string", value: "N", description: "datagrams to write (1000)" },
    seconds: {
      type: "string",
      value: "N",
      description: `end after so long, whatever is missing (${DEFAULT_SECONDS})`,
    },
    anonymise: {
      type: "boolean",
      description: "replace addresses by others with the same prefixes in common, names by letters",
    },
  },
  async run(args, { builtIn, clock }) {
    const url = parseUrl(args.text("url"));
    if (url !== null) return await captureFromServer(url, args);
    if (args.text("capability") !== undefined) {
      throw new UsageError("capture: --capability goes with --url");
    }
    const { host, port } = parseEndpoint(args.text("on") ?? "", { option: "--on" });
    const path = args.text("to");
    if (port === undefined || path === undefined) {
      throw new UsageError(
        "capture: say where to listen and what to write, such as --on 2055 --to capture.pcap",
      );
    }
    const exporter = parseExporter(args);
    const count = args.number("count", { min: 1, max: 1e9 }) ?? 1000;
    const seconds = args.number("seconds", { min: 0.1, max: 1e6 }) ?? DEFAULT_SECONDS;
    const cipher = args.flag("anonymise") ? AddressCipher.of(anonymiseKey()) : null;
    const socket = open(host ?? "::", port, { orIpv4: host === undefined });
    let file: Deno.FsFile;
    try {
      file = create(path);
    } catch (error) {
      socket.close();
      throw error;
    }
    const session = new CaptureSession({
      exporter,
      count,
      cipher,
      capabilities: await builtIn(),
      write: (piece) => writeAll(file, piece),
    });
    const end = () => {
      try {
        socket.close();
      } catch {
        // It is closed already.
      }
    };
    const cancel = clock.after(seconds * 1000, end);
    untilSignal().then(end);
    console.error(`listening on ${addressOf(socket)}; Ctrl-C ends the capture`);
    try {
      await receive(socket, { session, now: () => clock.now() });
      session.finish();
    } finally {
      cancel();
      end();
      file.close();
    }
    if (session.taken === 0) {
      Deno.removeSync(path);
      throw new CommandFailure(
        `nothing came${exporter === undefined ? "" : ` from ${exporter}`}: ${path} is removed` +
          (session.others > 0 ? `; others sent ${countOf(session.others, "datagram")}` : ""),
      );
    }
    for (const line of session.summary(path)) console.log(line);
    return 0;
  },
};

async function receive(
  socket: Deno.DatagramConn,
  { session, now }: { session: CaptureSession; now: () => number },
): Promise<void> {
  const buffer = new Uint8Array(LIMITS.datagramBytes);
  const { hostname: host, port } = socket.addr as Deno.NetAddr;
  const bound = addressBytes(host);
  let told = false;
  try {
    while (!session.complete) {
      const [payload, from] = await socket.receive(buffer);
      const { hostname, port: sourcePort } = from as Deno.NetAddr;
      const sourceAddress = addressBytes(hostname);
      session.take({
        receivedAtMs: now(),
        sourceAddress,
        sourcePort,
        // A socket for all addresses does not say which one a datagram was sent to.
        destinationAddress: bound.length === sourceAddress.length
          ? bound
          : new Uint8Array(sourceAddress.length),
        destinationPort: port,
        payload,
      });
      if (!told && session.waitsFor.length > 0) {
        console.error(`waiting for ${session.waitsFor.slice(0, 10).join(", ")}`);
        told = true;
      }
    }
  } catch (error) {
    // Closing the socket is how the capture is ended.
    if (!(error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted)) {
      throw error;
    }
  }
}

function open(
  hostname: string,
  port: number,
  { orIpv4 }: { orIpv4: boolean },
): Deno.DatagramConn {
  try {
    return Deno.listenDatagram({ transport: "udp", hostname, port });
  } catch (error) {
    const { name, message } = error as Error;
    // A system without IPv6 has no "::".
    if (orIpv4 && name !== "AddrInUse" && name !== "PermissionDenied") {
      return open("0.0.0.0", port, { orIpv4: false });
    }
    const wanted = { capability: "capture", host: hostname, port };
    throw new CommandFailure(startFailure({ name, message }, wanted).message);
  }
}

function create(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path, { write: true, createNew: true, mode: 0o600 });
  } catch (error) {
    const { name, message } = error as Error;
    if (name === "AlreadyExists") {
      throw new CommandFailure(`${path} exists already; remove it or name another file`);
    }
    const remedy = name === "NotCapable" ? `start flow-agent with --allow-write=${path}` : message;
    throw new CommandFailure(`cannot write ${path}: ${remedy}`);
  }
}

function writeAll(file: Deno.FsFile, piece: Uint8Array): void {
  for (let at = 0; at < piece.length;) at += file.writeSync(piece.subarray(at));
}

function addressOf(socket: Deno.DatagramConn): string {
  const { hostname, port } = socket.addr as Deno.NetAddr;
  return socketAddress(hostname, port);
}
