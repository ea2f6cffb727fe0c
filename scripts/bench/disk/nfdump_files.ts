import { Nfdump } from "../nfdump.ts";
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
  send: (port: number, rate: number) => Promise<unknown>,
): Promise<DiskEngine[]> {
  const nfdump = await Nfdump.find();
  const plain = `${folder}/plain`;
  const small = `${folder}/lz4`;
  await nfdump.collect(plain, { port: PORT, send: () => send(PORT, RATE) });
  Deno.mkdirSync(small);
  await nfdump.read(plain, "-y", "-w", `${small}/nfcapd.lz4`);
  const engine = (name: string, files: string): DiskEngine => ({
    name,
    version: nfdump.version,
    octets: folderOctets(files),
    ask: {
      sources: () => nfdump.top(files, "srcip/bytes"),
      tuples: () => nfdump.top(files, "record/bytes"),
      service: () => nfdump.top(files, "dstip/bytes", "dst port 443 and bytes > 10000"),
    },
    close: () => {},
  });
  return [engine("nfdump", plain), engine("nfdump, LZ4", small)];
}
