import assert from "node:assert/strict";
import { readCapture } from "../../core/capture/read_capture.ts";
import { outsideTool } from "./outside_tool.ts";
import { plainEnvironment, Program } from "./program.ts";
import { freeUdpPort, sendUdp } from "./udp.ts";
import { until } from "./until.ts";

const INSTALL = "apt-get install nfdump";

/** nfdump's collector, reader and replayer: decoders and an exporter of others. */
export const nfcapd = outsideTool("nfcapd", INSTALL);
export const nfdump = outsideTool("nfdump", INSTALL);
export const nfreplay = outsideTool("nfreplay", INSTALL);

/** The datagrams of a capture, in order. */
export async function datagramsOf(capture: string): Promise<Uint8Array[]> {
  using file = await Deno.open(capture);
  const datagrams: Uint8Array[] = [];
  for await (const event of readCapture(file.readable)) {
    if (event.kind === "datagram") datagrams.push(event.datagram.payload.slice());
  }
  return datagrams;
}

/**
 * Has nfdump's collector take datagrams, from one port of loopback.
 *
 * @param datagrams in order
 * @param folder empty one, for its files
 */
export async function collectWithNfcapd(
  datagrams: readonly Uint8Array[],
  folder: string,
): Promise<void> {
  const port = freeUdpPort();
  await using program = new Program(nfcapd.path, [
    ...["-w", folder, "-b", "127.0.0.1", "-p", `${port}`, "-t", "86400"],
    ...["-P", `${folder}/pid`, "-B", "4194304"],
  ], plainEnvironment());
  await program.errorLine(/Startup/);
  // A few at a time, so that the collector's socket holds them.
  for (let n = 0; n < datagrams.length; n += 20) {
    await sendUdp(port, ...datagrams.slice(n, n + 20));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await until(
    "the collector to have read its socket",
    async () => await drained(port) || undefined,
  );
  program.signal("SIGTERM");
  assert.equal(await program.ended(), 0, program.stderr.join("\n"));
}

/** Whether no datagram waits in the socket of a port (proc(5), /proc/net/udp). */
async function drained(port: number): Promise<boolean> {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  // Deno itself reads below /proc with all permissions alone.
  await using cat = new Program("cat", ["/proc/net/udp"], plainEnvironment());
  await cat.ended();
  return cat.stdout.map((line) => line.trim().split(/\s+/))
    .filter(([, address]) => address?.endsWith(local))
    .every(([, , , , queues]) => queues.endsWith(":00000000"));
}

/** One record as nfdump prints it: values by label, such as `in bytes`. */
export type NfdumpRecord = ReadonlyMap<string, string>;

/**
 * Reads nfdump's files, in the order in which their records came.
 *
 * @param folder of {@linkcode collectWithNfcapd}
 */
export async function readWithNfdump(folder: string): Promise<NfdumpRecord[]> {
  await using program = new Program(
    nfdump.path,
    ["-R", folder, "-q", "-o", "raw"],
    { ...plainEnvironment(), TZ: "UTC" },
  );
  assert.equal(await program.ended(), 0, program.stderr.join("\n"));
  const records: Map<string, string>[] = [];
  for (const line of program.stdout) {
    if (line.startsWith("Flow Record:")) records.push(new Map());
    const [, label, value] = /^ {2}(.+?) += +(.*)$/.exec(line) ?? [];
    if (label !== undefined) records.at(-1)!.set(label, value);
  }
  return records;
}
