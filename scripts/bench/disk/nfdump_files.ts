import { outsideTool } from "../../../tests/support/outside_tool.ts";
import { type DiskEngine, folderOctets } from "./disk_engine.ts";

const PORT = 29_556;
/** Datagrams a second that its collector takes without loss on a busy machine, with the buffer that it asks for. */
const RATE = 8000;

/**
 * nfdump's files, as its own collector writes them; LZ4, which it compresses with at best speed.
 *
 * @param folder for them
 * @param send has the generator send the flows to a port of 127.0.0.1, at a rate
 * @throws Error with the reason where it is not installed
 */
export async function nfdumpFiles(
  folder: string,
  send: (port: number, rate: number) => Promise<void>,
): Promise<DiskEngine[]> {
  const [nfcapd, nfdump] = ["nfcapd", "nfdump"].map((name) =>
    outsideTool(name, "apt-get install nfdump")
  );
  if (nfcapd.missing || nfdump.missing) throw new Error("nfdump is not installed");
  const plain = `${folder}/plain`;
  const small = `${folder}/lz4`;
  Deno.mkdirSync(plain);
  Deno.mkdirSync(small);
  const collector = new Deno.Command(nfcapd.path, {
    args: ["-w", plain, "-b", "127.0.0.1", "-p", `${PORT}`, "-t", "86400", "-B", "8388608"],
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await new Promise((resolve) => setTimeout(resolve, 500));
    await send(PORT, RATE);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  } finally {
    collector.kill("SIGTERM");
    await collector.status;
  }
  const read = async (...args: string[]): Promise<string> => {
    const { stdout, success, stderr } = await new Deno.Command(nfdump.path, { args }).output();
    if (!success) throw new Error(`nfdump: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout);
  };
  await read("-R", plain, "-y", "-w", `${small}/nfcapd.lz4`);
  const version = /\d+\.\d+[.\d]*/.exec(await read("-V"))?.[0] ?? "?";
  const top = async (files: string, ...args: string[]): Promise<number[]> => {
    const text = await read("-R", files, "-N", "-o", "csv", "-n", "10", ...args);
    const lines = text.split("\n").map((line) => line.split(","));
    const head = lines.findIndex(([name]) => name === "ts");
    // Statistics call it byt, aggregated records ibyt.
    const bytes = lines[head].findIndex((name) => name === "byt" || name === "ibyt");
    return lines.slice(head + 1, head + 11).map((cells) => Number(cells[bytes]));
  };
  const engine = (name: string, files: string): DiskEngine => ({
    name,
    version,
    octets: folderOctets(files),
    ask: {
      sources: () => top(files, "-s", "srcip/bytes"),
      tuples: () => top(files, "-s", "record/bytes"),
      service: () => top(files, "-s", "dstip/bytes", "dst port 443 and bytes > 10000"),
    },
    close: () => {},
  });
  return [engine("nfdump", plain), engine("nfdump, LZ4", small)];
}
