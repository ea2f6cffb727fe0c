import assert from "node:assert/strict";
import { outsideTool } from "../support/outside_tool.ts";
import { plainEnvironment, Program, ROOT, runProgram } from "../support/program.ts";
import type { Json } from "../support/raw_mcp.ts";

const tshark = outsideTool("tshark", "apt-get install tshark");

/** A value of a FlowRecord as tshark would print it. */
type Spelling = (record: Json) => string;

const hexOctet = (value: number): string => `0x${value.toString(16).padStart(2, "0")}`;
const orZero = (name: string): Spelling => (record) => String(record[name] ?? 0);
const plain = (name: string): Spelling => (record) => String(record[name]);
const exported = (name: string): Spelling => (record) =>
  String(record[name] / (record.sampling_rate ?? 1));

/** tshark's fields, and how our records spell them. */
const FIELDS: Readonly<Record<string, Spelling>> = {
  "cflow.srcaddr": plain("src_addr"),
  "cflow.dstaddr": plain("dst_addr"),
  "cflow.nexthop": (record) => record.next_hop ?? "0.0.0.0",
  "cflow.inputint": plain("in_if"),
  "cflow.outputint": plain("out_if"),
  "cflow.packets": exported("packets"),
  "cflow.octets": exported("bytes"),
  "cflow.srcport": plain("src_port"),
  "cflow.dstport": plain("dst_port"),
  "cflow.tcpflags": (record) => hexOctet(record.tcp_flags),
  "cflow.protocol": plain("protocol"),
  "cflow.tos": (record) => hexOctet(record.ip_tos),
  "cflow.srcas": orZero("src_as"),
  "cflow.dstas": orZero("dst_as"),
  "cflow.srcmask": plain("src_prefix_len"),
  "cflow.dstmask": plain("dst_prefix_len"),
};
const NAMES = Object.keys(FIELDS);

const CASES = [...Deno.readDirSync(`${ROOT}tests/corpus`)].map(({ name }) => name)
  .filter((name) => name.startsWith("netflow5-")).sort();

/** One list of values for each flow that tshark sees in a capture. */
async function readWithTshark(file: string): Promise<string[][]> {
  await using program = new Program(tshark.path, [
    ...["-r", file, "-d", "udp.port==2055,cflow", "-T", "fields", "-E", "occurrence=a"],
    ...NAMES.flatMap((name) => ["-e", name]),
  ], plainEnvironment());
  assert.equal(await program.ended(60_000), 0, program.stderr.join("\n"));
  return program.stdout.flatMap((line) => {
    const columns = line.split("\t").map((column) => column.split(","));
    return columns[0].map((_, flow) => columns.map((values) => values[flow]));
  });
}

Deno.test("tshark: there are cases to compare", () => assert.ok(CASES.length >= 6));

for (const name of CASES) {
  Deno.test({
    name: `tshark: decode sees what tshark sees in ${name}${tshark.reason}`,
    ignore: tshark.missing,
    async fn() {
      const file = `${ROOT}tests/corpus/${name}/capture.pcap`;
      const theirs = await readWithTshark(file);
      const { status, stdout, stderr } = await runProgram(["decode", file], { task: "decode" });
      assert.equal(status, 0, stderr.join("\n"));
      const ours = stdout.map((line) => {
        const record = JSON.parse(line);
        return NAMES.map((field) => FIELDS[field](record));
      });
      console.log(`${name}: ${ours.length} flows of ours, ${theirs.length} of tshark's`);
      assert.deepEqual(ours, theirs);
    },
  });
}
