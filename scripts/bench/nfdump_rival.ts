import { outsideTool } from "../../tests/support/outside_tool.ts";
import type { Measures, Rival } from "./rival.ts";

const nfcapd = outsideTool("nfcapd", "apt-get install nfdump");
const nfdump = outsideTool("nfdump", "apt-get install nfdump");
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
  send: (port: number, rate: number) => Promise<void>,
  folder: string,
): Promise<Rival> {
  if (nfdump.missing || nfcapd.missing) throw new Error("nfdump is not installed");
  Deno.mkdirSync(folder);
  const collector = new Deno.Command(nfcapd.path, {
    args: ["-w", folder, "-b", "127.0.0.1", "-p", `${PORT}`, "-t", "86400", "-B", "8388608"],
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
  const top = async (...args: string[]): Promise<Measures> => {
    const { stdout, success, stderr } = await new Deno.Command(nfdump.path, {
      args: ["-R", folder, "-N", "-o", "csv", "-n", "10", ...args],
    }).output();
    if (!success) throw new Error(`nfdump: ${new TextDecoder().decode(stderr)}`);
    const lines = new TextDecoder().decode(stdout).split("\n").map((line) => line.split(","));
    const head = lines.findIndex(([name]) => name === "ts");
    // Statistics call it byt, aggregated records ibyt.
    const bytes = lines[head].findIndex((name) => name === "byt" || name === "ibyt");
    return lines.slice(head + 1, head + 11).map((cells) => Number(cells[bytes]));
  };
  const version = new TextDecoder()
    .decode((await new Deno.Command(nfdump.path, { args: ["-V"] }).output()).stdout);
  return {
    name: "nfdump",
    version: /\d+\.\d+[.\d]*/.exec(version)?.[0] ?? "?",
    ask: {
      sources: () => top("-s", "srcip/bytes"),
      tuples: () => top("-s", "record/bytes"),
      filtered: () => top("-s", "dstip/bytes", "dst port 443 and bytes > 10000"),
    },
    close: () => {},
  };
}
