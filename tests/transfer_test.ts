import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { gzipSync, zstdDecompressSync } from "node:zlib";
import { parquetReadObjects } from "hyparquet";
import { FLOW_FIELDS, type FlowField } from "../core/flow/schema.ts";
import { formatAddress } from "../core/flow/address.ts";
import { openHistory } from "../core/history/history_database.ts";
import { pageId } from "../core/history/segment_pages.ts";
import type { FixtureRow } from "./support/flow_fixture.ts";
import { numberedRows } from "./support/history_rows.ts";
import {
  type Outcome,
  plainEnvironment,
  programArgs,
  ROOT,
  runProgram,
  startProgram,
} from "./support/program.ts";
import { Random } from "./support/random.ts";
import { type Json, RawMcp } from "./support/raw_mcp.ts";
import { V5_IN_HEX } from "./support/sample_datagrams.ts";
import { SealedRings } from "./support/sealed_rings.ts";
import { temporaryFolder } from "./support/temporary_folder.ts";
import { sendUdp } from "./support/udp.ts";
import { until } from "./support/until.ts";

// Flows that leave history and come back, through the commands and with the permissions of their
// tasks.

const FIRST_MS = 1_790_000_000_000;

function exportFrom(folder: string, args: readonly string[] = []): Promise<Outcome> {
  return runProgram(["export", "--db", folder, ...args], { task: "export" });
}

function importInto(folder: string, ...args: string[]): Promise<Outcome> {
  return runProgram(["import", "--db", folder, ...args], { task: "import", write: [folder] });
}

function randomAddress(random: Random): string {
  const words = Uint32Array.from({ length: 4 }, () => random.uint32());
  if (random.below(2) === 0) words.set([0, 0, 0xffff]);
  return formatAddress(words);
}

function randomValue({ name, storage, values }: FlowField, random: Random): string | number {
  switch (storage) {
    case "u8":
      return random.below(256);
    case "u16":
      return random.below(65_536);
    case "u32":
      return random.uint32() || 1;
    case "f64":
      return name === "sampling_rate"
        ? random.pick([1, 100, 16_383.5])
        : random.pick([0, 1.5, 2 ** 31, 2 ** 53 - 1, random.uint32() / 8]);
    case "time":
      return FIRST_MS - random.below(1e6);
    case "address":
      return randomAddress(random);
    case "mac":
      return random.uint32() * 65_536 + random.below(65_536);
    case "enum":
      return random.pick(values!);
    default:
      return random.pick(["eth0", "Zürich 😀", 'a "quoted", name', "=1+2", "line\nfeed", "@x,y"]);
  }
}

/** A row of any fields as collectors leave it: of start, end and duration all are known, or one. */
function randomRow(random: Random, receivedAt: number): FixtureRow {
  const density = random.below(101);
  const row: FixtureRow = { export_format: "ipfix", exporter: "192.0.2.1" };
  for (const field of FLOW_FIELDS) {
    if (field.storage === "computed" || random.below(100) >= density) continue;
    row[field.name] = randomValue(field, random);
  }
  row.received_at = receivedAt;
  row.sampling_source ??= row.sampling_rate === undefined ? "assumed" : "in_record";
  delete row.duration_ms;
  if (row.start_at !== undefined && row.end_at !== undefined) {
    const ms = Number(row.end_at) - Number(row.start_at);
    if (ms >= 0) row.duration_ms = ms;
  }
  return row;
}

/** Why Python cannot be asked here, or null. */
function pythonLacks(): string | null {
  try {
    const { success } = new Deno.Command("python3", { args: ["--version"] }).outputSync();
    return success ? null : "python3 does not run";
  } catch (error) {
    return `python3: ${(error as Error).name}`;
  }
}

/** History of two collectors with random rows, sealed. */
function randomHistory(rows: number): SealedRings {
  const random = new Random(77);
  const rings = new SealedRings([
    { capability: "netflow_udp", port: 2055 },
    { capability: "sflow_udp", port: 6343 },
  ]);
  for (const ring of [0, 1]) {
    rings.add(ring, Array.from({ length: rows }, (_, i) => randomRow(random, FIRST_MS + 3 * i)));
  }
  rings.work({ all: true });
  return rings;
}

Deno.test("what export writes as JSON lines comes back by import: every field, known or not", async () => {
  const rings = randomHistory(400);
  using other = temporaryFolder();
  try {
    const first = await exportFrom(rings.folder, ["--out", `${other.path}/flows.jsonl`]);
    assert.deepEqual([first.status, first.stdout], [0, []], first.stderr.join("\n"));
    assert.match(first.stderr[0], /^wrote 800 flows to \S+, \d+ a second$/);
    const lines = Deno.readTextFileSync(`${other.path}/flows.jsonl`).trimEnd().split("\n");
    for (const { name } of FLOW_FIELDS) {
      assert(lines.some((line) => JSON.parse(line)[name] !== null), `${name} is never known`);
      assert(lines.every((line) => name in JSON.parse(line)), name);
    }
    const taken = await importInto(other.path, `${other.path}/flows.jsonl`);
    assert.equal(taken.status, 0, taken.stderr.join("\n"));
    assert.match(taken.stderr.join("\n"), /^imported 800 flows into /m);
    assert.doesNotMatch(taken.stderr.join("\n"), /not used/);
    const again = await exportFrom(other.path);
    assert.equal(again.status, 0, again.stderr.join("\n"));
    // No server has anything in memory that is not here.
    assert.doesNotMatch(again.stderr.join("\n"), /not on disk yet/);
    assert.deepEqual(again.stdout.toSorted(), lines.toSorted());

    const twice = await importInto(other.path, `${other.path}/flows.jsonl`);
    assert.match(
      twice.stderr.join("\n"),
      /imported 0 flows .*\nthere already from an earlier import, and counted once: 800 flows/s,
    );
    assert.equal((await exportFrom(other.path)).stdout.length, 800);
  } finally {
    rings.close();
  }
});

Deno.test("Parquet holds what the JSON lines hold, as another reader sees it", async () => {
  const rings = randomHistory(300);
  using other = temporaryFolder();
  try {
    const path = `${other.path}/flows.parquet`;
    const { status, stderr } = await exportFrom(rings.folder, ["--out", path]);
    assert.equal(status, 0, stderr.join("\n"));
    assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
    const bytes = Deno.readFileSync(path);
    const rows = await parquetReadObjects({
      file: bytes.buffer,
      compressors: {
        ZSTD: (input, length) => zstdDecompressSync(input, { maxOutputLength: length || 1 }),
      },
    });
    const { stdout } = await exportFrom(rings.folder);
    const plain = rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          value instanceof Date ? value.toISOString() : value,
        ]),
      )
    );
    assert.deepEqual(plain, stdout.map((line) => JSON.parse(line)));
    assert(rows.every(({ received_at }) => received_at instanceof Date));
  } finally {
    rings.close();
  }
});

const lack = pythonLacks();
Deno.test({
  name: "CSV holds what the JSON lines hold, as Python reads it; formulas are made text" +
    (lack === null ? "" : ` (${lack})`),
  ignore: lack !== null,
  fn: csvHoldsIt,
});

async function csvHoldsIt(): Promise<void> {
  const rings = randomHistory(300);
  using other = temporaryFolder();
  try {
    const path = `${other.path}/flows.csv`;
    const { status, stderr } = await exportFrom(rings.folder, ["--out", path]);
    assert.equal(status, 0, stderr.join("\n"));
    const script = "import csv,json,sys\n" +
      "print(json.dumps(list(csv.DictReader(open(sys.argv[1],newline='',encoding='utf-8')))))";
    const { stdout: printed } = new Deno.Command("python3", { args: ["-c", script, path] })
      .outputSync();
    const rows: Json[] = JSON.parse(new TextDecoder().decode(printed));
    const { stdout } = await exportFrom(rings.folder);
    const expected = stdout.map((line) =>
      Object.fromEntries(
        Object.entries(JSON.parse(line)).map(([name, value]) => [
          name,
          value === null ? "" : /^[=@]/.test(`${value}`) ? `'${value}` : `${value}`,
        ]),
      )
    );
    assert.deepEqual(rows, expected);
    assert(rows.some((row) => row.application === "'=1+2"));
  } finally {
    rings.close();
  }
}

Deno.test("export takes a time, a filter and fields; the time is exact at both ends", async () => {
  const rings = new SealedRings([{}], { capacity: 4096 });
  rings.add(0, numberedRows(2000, { fromMs: FIRST_MS }));
  rings.work({ all: true });
  try {
    const [from, to] = [500, 1500].map((ms) => new Date(FIRST_MS + ms).toISOString());
    const { status, stdout, stderr } = await exportFrom(rings.folder, [
      ...["--from", from, "--to", to, "--filter", "bytes >= 700 and proto tcp"],
      ...["--fields", "bytes, protocol_name", "--fields", "capability", "--as", "csv"],
    ]);
    assert.equal(status, 0, stderr.join("\n"));
    const numbers = Array.from({ length: 800 }, (_, i) => `${700 + i},TCP,netflow_udp`);
    assert.deepEqual(stdout, ["bytes,protocol_name,capability", ...numbers]);
    assert.match(stderr[1], /^history was read from \S+500Z to \S+\.499Z$/);
  } finally {
    rings.close();
  }
});

Deno.test("without a time export writes all there is, also what a wrong clock put ahead of now", async () => {
  const now = Date.now();
  const rings = new SealedRings([{ capability: "ipfix_udp", port: 4739 }], { nowMs: now });
  try {
    [now - 60_000, now + 30 * 86_400_000].forEach((fromMs, i) => {
      rings.add(0, numberedRows(100, { first: 100 * i, fromMs }));
      rings.work({ all: true });
    });
    const { status, stdout, stderr } = await exportFrom(rings.folder, ["--fields", "bytes"]);
    assert.deepEqual([status, stdout.length], [0, 200], stderr.join("\n"));
    // An end that was asked for is the end, also where it lies ahead.
    for (const [days, flows] of [[1, 100], [40, 200]]) {
      const to = new Date(now + days * 86_400_000).toISOString();
      const range = ["--from", "1h", "--to", to, "--fields", "bytes"];
      const asked = await exportFrom(rings.folder, range);
      assert.deepEqual([asked.status, asked.stdout.length], [0, flows], asked.stderr.join("\n"));
    }
  } finally {
    rings.close();
  }
});

Deno.test("export says what is wrong, and leaves no file", async () => {
  const rings = new SealedRings([{}]);
  rings.add(0, numberedRows(10, { fromMs: FIRST_MS }));
  rings.work({ all: true });
  using other = temporaryFolder();
  const out = `${other.path}/out.jsonl`;
  openHistory(`${other.path}/empty`).close();
  Deno.mkdirSync(`${other.path}/broken`);
  Deno.writeTextFileSync(`${other.path}/broken/history.db`, "no database ".repeat(900));
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [["--db", other.path], 1, /^there is no history in .*; name the folder of history\.db/],
    [
      ["--db", `${other.path}/empty`],
      1,
      /^there is no history in .*: its history\.db holds no flo/,
    ],
    [["--db", `${other.path}/broken`], 1, /history\.db is damaged/],
    [["--db", ":memory:"], 1, /^no history is kept on disk here/],
    [["--db", rings.folder, "--filter", "src foo"], 2, /^Cannot read the filter at character 5/],
    [["--db", rings.folder, "--fields", "srcaddr"], 2, /no field srcaddr; did you mean src_addr\?/],
    [["--db", rings.folder, "--as", "xml"], 2, /give one of jsonl, csv, parquet/],
    [["--db", rings.folder, "--to", "now"], 2, /--to wants --from/],
    [["--db", rings.folder, "--range", "2026-02-01/2026-01-01"], 2, /ends before it begins/],
  ];
  try {
    for (const [args, status, message] of cases) {
      const outcome = await runProgram(["export", ...args, "--out", out], { task: "export" });
      assert.equal(outcome.status, status, args.join(" "));
      assert.match(outcome.stderr.join("\n"), message);
      assert.deepEqual([...Deno.readDirSync(other.path)].map(({ name }) => name).sort(), [
        "broken",
        "empty",
      ]);
    }
    Deno.writeTextFileSync(out, "mine");
    const { status, stderr } = await exportFrom(rings.folder, ["--out", out]);
    assert.deepEqual([status, stderr], [1, [`${out} is there already; name another file`]]);
    assert.equal(Deno.readTextFileSync(out), "mine");
  } finally {
    rings.close();
  }
});

Deno.test({
  name: "export into a full disk says so",
  ignore: Deno.build.os !== "linux",
  fn: () => {
    const rings = randomHistory(10);
    try {
      const words = programArgs(["export", "--db", rings.folder], { task: "export" });
      const { code, stderr } = new Deno.Command("sh", {
        args: ["-c", 'exec "$0" "$@" > /dev/full', Deno.execPath(), ...words],
        cwd: ROOT,
        env: plainEnvironment(),
        clearEnv: true,
      }).outputSync();
      assert.equal(code, 1);
      assert.equal(
        new TextDecoder().decode(stderr),
        "the disk of standard output is full; make room, or name another file\n",
      );
    } finally {
      rings.close();
    }
  },
});

Deno.test("what is damaged is left out of an export, counted, and told by the status", async () => {
  const rings = new SealedRings([{}], { capacity: 4096 });
  try {
    for (const first of [0, 1000, 2000]) {
      rings.add(0, numberedRows(1000, { first, fromMs: FIRST_MS + first }));
      rings.work({ all: true });
    }
    const database = new DatabaseSync(`${rings.folder}/history.db`);
    const { id } = database.prepare("SELECT min(id) AS id FROM segment WHERE from_ms > ?")
      .get(FIRST_MS) as { id: number };
    database.prepare("UPDATE page SET octets = zeroblob(length(octets)) WHERE id >= ? AND id < ?")
      .run(pageId(id), pageId(id + 1));
    database.close();
    const { status, stdout, stderr } = await exportFrom(rings.folder, [
      ...["--fields", "bytes,src_port"],
    ]);
    assert.equal(status, 1, stderr.join("\n"));
    assert.deepEqual(
      stdout.map((line) => JSON.parse(line).bytes),
      Array.from({ length: 2000 }, (_, i) => i < 1000 ? i : i + 1000),
    );
    assert.doesNotMatch(stderr.join("\n"), /are not in it: /, "said once");
    assert.match(stderr.join("\n"), /^1000 flow records on disk are left out: .* damaged/m);
  } finally {
    rings.close();
  }
});

Deno.test("Ctrl-C ends an export, and nothing of it stays", async () => {
  const rings = new SealedRings([{}], { capacity: 1 << 17 });
  using other = temporaryFolder();
  try {
    for (let first = 0; first < 400_000; first += 50_000) {
      rings.add(0, numberedRows(50_000, { first, fromMs: FIRST_MS + first }));
      rings.work({ all: true });
    }
    const path = `${other.path}/flows.jsonl`;
    await using program = startProgram(["export", "--db", rings.folder, "--out", path], {
      task: "export",
    });
    const growing = () => {
      try {
        return Deno.statSync(`${path}.part`).size > 0 || undefined;
      } catch {
        return undefined;
      }
    };
    await until("the first octets", growing);
    program.signal("SIGINT");
    assert.equal(await program.ended(), 1);
    const said = program.stderr.join("\n");
    const [, flows] = /^ended early, after (\d+) flows; nothing is kept$/.exec(said) ?? [];
    assert(Number(flows) < 100_000, said);
    assert.deepEqual([...Deno.readDirSync(other.path)], []);
  } finally {
    rings.close();
  }
});

Deno.test("beside a running server export reads what is on disk, and import is refused", async () => {
  using temporary = temporaryFolder();
  const { path } = temporary;
  await using client = await RawMcp.serve(["--db", path], { read: [path], write: [path] });
  const port = await client.collect("netflow_udp");
  await sendUdp(port, V5_IN_HEX);
  await client.statusAfter("netflow_udp", 1);
  // Who comes before the worker has opened the file gets it.
  await until("history to be open", async () => {
    const { history } = await client.tool("capability_status");
    return history.state === "kept" || undefined;
  });
  const file = `${path}/flows.jsonl`;
  Deno.writeTextFileSync(file, '{"src_addr":"10.0.0.1","dst_addr":"10.0.0.2"}\n');
  const refused = await importInto(path, file);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr.join("\n"), /^another process has \S+history\.db; stop it, or /);
  const { stdout, stderr } = await until("the first flows on disk", async () => {
    const outcome = await exportFrom(path);
    return outcome.status === 0 ? outcome : undefined;
  }, 30_000);
  assert.equal(stdout.length, 2);
  assert.equal(stderr.at(-1), "what the running server received after that is not on disk yet");
});

Deno.test("import counts what it cannot use by reason, tells the first with their lines", async () => {
  using temporary = temporaryFolder();
  const { path } = temporary;
  const good = { src_addr: "10.0.0.1", dst_addr: "10.0.0.2", bytes: 5 };
  const at = new Date(FIRST_MS).toISOString();
  const lines = [
    JSON.stringify({ ...good, received_at: at, capability: "ipfix_udp", export_format: "ipfix" }),
    "{broken",
    "",
    "7",
    JSON.stringify({ src_addr: "10.0.0.1" }),
    JSON.stringify({ ...good, bytes: "many", end_at: at }),
    JSON.stringify({ ...good, received_at: "yesterday", ts: FIRST_MS / 1000 + 1 }),
    JSON.stringify({
      sampler_address: "192.0.2.7",
      time_received_ns: (FIRST_MS + 2000) * 1e6,
      src_addr: "10.0.0.3",
      dst_addr: "10.0.0.4",
      bytes: 5,
      sampling_rate: 100,
    }),
    JSON.stringify([{ "source.ip": "2001:db8::1", "destination.ip": "2001:db8::2" }, good]),
    JSON.stringify({ ...good, capability: "../x", export_format: "carrier pigeon" }),
    `"${"x".repeat(1 << 20)}"`,
    ...Array(12).fill("no json"),
  ];
  Deno.writeTextFileSync(`${path}/in.jsonl`, lines.join("\r\n"));
  const { status, stderr } = await importInto(path, `${path}/in.jsonl`);
  assert.equal(status, 0);
  const name = `${path}/in.jsonl`;
  assert.deepEqual(stderr.slice(0, 7), [
    `${name}:2: is not JSON: one whole object is wanted on each line`,
    `${name}:4: is no object with a flow's fields`,
    `${name}:5: missing_address: found an object without both, expected src_addr and dst_addr`,
    `${name}:6: bad_value: found bytes: "many", expected a number that is not negative`,
    `${name}:7: bad_value: found received_at "yesterday", expected ISO 8601`,
    `${name}:11: is longer than 1048576 characters`,
    `${name}:12: is not JSON: one whole object is wanted on each line`,
  ]);
  assert(stderr.includes("further problems are only counted"));
  assert(stderr.includes("without a time of arrival: 2 flows; the end of the flow stands for it"));
  assert(stderr.includes("without any time: 3 flows; now stands for it"));
  assert.equal(
    stderr.at(-1),
    "not used: 13 bad_json, 1 not_an_object, 1 missing_address, 2 bad_value, 1 oversized_line",
  );
  const { stdout } = await exportFrom(path, ["--fields", "capability,export_format,received_at"]);
  const records = stdout.map((line) => JSON.parse(line));
  assert.deepEqual(
    records.map(({ capability, export_format }) => `${capability} ${export_format}`),
    ["ipfix_udp ipfix", ...Array(6).fill("json_udp json")],
  );
  assert.deepEqual(
    records.slice(0, 4).map(({ received_at }) => Date.parse(received_at) - FIRST_MS),
    [0, 0, 1000, 2000],
  );
});

Deno.test("import reads gzip, and says where a file is cut off; what came before stays", async () => {
  using temporary = temporaryFolder();
  const { path } = temporary;
  const lines = Array.from(
    { length: 3000 },
    (_, i) => JSON.stringify({ src: "10.0.0.1", dst: "10.0.0.2", ts: FIRST_MS + i, bytes: i }),
  );
  const packed = gzipSync(lines.join("\n"));
  Deno.writeFileSync(`${path}/flows.gz`, packed);
  Deno.writeFileSync(`${path}/cut.gz`, packed.subarray(0, packed.length >> 1));
  const cut = await importInto(path, `${path}/cut.gz`);
  assert.equal(cut.status, 1);
  assert.match(cut.stderr.at(-1)!, /^the input cannot be read to its end: /);
  const { status, stderr } = await importInto(path, `${path}/flows.gz`);
  assert.equal(status, 0, stderr.join("\n"));
  assert.equal((await exportFrom(path)).stdout.length, 3000);
});

Deno.test("import reads standard input, and warns of what serve would delete", async () => {
  using temporary = temporaryFolder();
  const { path } = temporary;
  await using program = startProgram(["import", "--db", path, "-"], {
    task: "import",
    write: [path],
  });
  await program.write('{"src":"10.0.0.1","dst":"10.0.0.2","received_at":"2001-01-01T00:00:00Z"}');
  await program.endInput();
  assert.equal(await program.ended(), 0);
  assert.match(program.stderr[0], /^some are older than the 7 days that history\.keep_days keeps/);
  assert.match(program.stderr[1], /^imported 1 flow into /);
});
