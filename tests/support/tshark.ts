import assert from "node:assert/strict";
import { outsideTool } from "./outside_tool.ts";
import { plainEnvironment, Program } from "./program.ts";

/** Wireshark's dissector on the command line: a decoder of others to compare with. */
export const tshark = outsideTool("tshark", "apt-get install tshark");

/**
 * Runs tshark on a capture whose datagrams are all taken for NetFlow, whatever their port.
 *
 * @param file pcap
 * @param options further words of its command line
 * @returns lines of standard output
 */
export async function runTshark(file: string, options: readonly string[]): Promise<string[]> {
  await using program = new Program(
    tshark.path,
    ["-r", file, "-d", "udp.port==1-65535,cflow", ...options],
    { ...plainEnvironment(), TZ: "UTC" },
  );
  assert.equal(await program.ended(), 0, program.stderr.join("\n"));
  return [...program.stdout];
}

/** One record as tshark shows it. */
export interface TsharkRecord {
  /** Whether its template is one of options. */
  readonly options: boolean;
  /** Header of its message: `cflow.sysuptime`, `cflow.timestamp` … */
  readonly header: ReadonlyMap<string, string>;
  /**
   * Values by the name of their field, in order of the record and where they repeat; reverse
   * elements (RFC 5103) under `reverse.` and the name.
   */
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

const LINE = /<(\/?)(packet|proto|field)(?: name="([^"]*)")?(?:[^>]*? show="([^"]*)")?[^>]*?(\/?)>/;
const REVERSE = /showname="[^"]*\(Reverse Type/;
const OPTIONS_TEMPLATE = /^Options Template \(Id = (\d+)\)/;

/**
 * The data records that tshark sees in a capture.
 *
 * @param file pcap
 */
export async function readWithTshark(file: string): Promise<TsharkRecord[]> {
  const records: TsharkRecord[] = [];
  /** Options templates, by exporter and id. */
  const options = new Set<string>();
  let header = new Map<string, string>();
  let record: Map<string, string[]> | null = null;
  let [depth, from, set] = [0, 0, ""];
  for (const line of await runTshark(file, ["-T", "pdml", "-J", "ip udp cflow"])) {
    const [, closes, tag, name = "", show = "", empty] = LINE.exec(line) ?? [];
    if (tag === undefined) continue;
    if (tag === "packet" && !closes) header = new Map();
    if (tag === "field" && closes) {
      depth--;
      if (record !== null && depth < from) record = null;
      continue;
    }
    if (tag !== "field") continue;
    const exporter = `${header.get("ip.src")}|${header.get("cflow.source_id")}|${
      header.get("cflow.od_id")
    }`;
    const template = OPTIONS_TEMPLATE.exec(show);
    if (template !== null) options.add(`${exporter}|${template[1]}`);
    if (name === "cflow.flowset_id") set = show;
    if (record !== null) {
      const key = REVERSE.test(line) ? `reverse.${name}` : name;
      if (name !== "") record.set(key, [...record.get(key) ?? [], show]);
    } else if (/^(Flow \d+( \(.*\))?|pdu \d+\/\d+)$/i.test(show) && name === "" && !empty) {
      const fields = new Map<string, string[]>();
      [record, from] = [fields, depth + 1];
      records.push({ options: options.has(`${exporter}|${set}`), header, fields });
    } else if (name !== "" && !header.has(name)) {
      header.set(name, show);
    }
    if (!empty) depth++;
  }
  return records;
}
