import { Nfdump } from "./nfdump.ts";
import type { Rival } from "./rival.ts";

const PORT = 29_555;
/** Datagrams a second that its collector takes without loss on a busy machine. */
const RATE = 4000;

/**
 * nfdump over files that its own collector has written. Each question starts a process and reads the
 * file, which is how it is used; the file is in the page cache.
 *
 * @param send has the generator send the flows to a port of 127.0.0.1, at a rate
 * @param folder for the files
 * @throws Error with the reason where it is not installed
 */
export async function nfdumpRival(
  send: (port: number, rate: number) => Promise<unknown>,
  folder: string,
): Promise<Rival> {
  const nfdump = await Nfdump.find();
  await nfdump.collect(folder, { port: PORT, send: () => send(PORT, RATE) });
  return {
    name: "nfdump",
    version: nfdump.version,
    ask: {
      sources: () => nfdump.top(folder, "srcip/bytes"),
      tuples: () => nfdump.top(folder, "record/bytes"),
      filtered: () => nfdump.top(folder, "dstip/bytes", "dst port 443 and bytes > 10000"),
    },
    close: () => {},
  };
}
