import assert from "node:assert/strict";
import { type Program, runProgram, startProgram } from "./support/program.ts";
import { type Json, RawMcp } from "./support/raw_mcp.ts";
import { temporaryFolder } from "./support/temporary_folder.ts";
import { freeUdpPort, sendUdp } from "./support/udp.ts";
import { set, template, u, v9 } from "./support/netflow_messages.ts";
import { until } from "./support/until.ts";

// The whole way, with the permissions that users give: a server with a folder, traffic whose
// templates came before the capture began, and a file that somebody else decodes.

const TEMPLATE = v9([set(0, template(256, [[8, 4], [12, 4], [1, 4]]))], { sequence: 0 });
const data = (sequence: number) =>
  v9([set(256, "0a010101" + "0a010102" + u(1000 + sequence, 4))], { sequence });

/** Keeps sending from one port until what it is for has come about. */
async function sendUntil(port: number, done: () => boolean): Promise<void> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const to = { transport: "udp", hostname: "127.0.0.1", port } as const;
  let sequence = 0;
  try {
    await socket.send(TEMPLATE, to);
    await until("the end of the capture", async () => {
      await socket.send(data(++sequence), to);
      return done() || undefined;
    });
  } finally {
    socket.close();
  }
}

async function decode(path: string): Promise<{ records: Json[]; stderr: readonly string[] }> {
  const { status, stdout, stderr } = await runProgram(["decode", path], { task: "decode" });
  assert.equal(status, 0);
  return { records: stdout.map((line) => JSON.parse(line)), stderr };
}

async function serveHttp(folder: string | null, port: number) {
  const program = startProgram(
    ["serve", "--http", "127.0.0.1:0", "--collect", `netflow_udp@127.0.0.1:${port}`],
    folder === null
      ? {}
      : { env: { FLOW_CAPTURE_FOLDER: folder }, read: [folder], write: [folder] },
  );
  const [, url] = await program.errorLine(/"url":"(http:[^"]+)"/);
  return { program, url };
}

const filesOf = (path: string) => [...Deno.readDirSync(path)].map(({ name }) => name);

for (const anonymise of [false, true]) {
  Deno.test(`capture --url ${anonymise ? "--anonymise " : ""}decodes alone`, async () => {
    using folder = temporaryFolder();
    const port = freeUdpPort();
    const { program, url } = await serveHttp(folder.path, port);
    await using _ = program;
    await sendUdp(port, TEMPLATE);
    const args = ["capture", "--url", url, "--exporter", "127.0.0.1", "--count", "5"];
    const client = startProgram(anonymise ? [...args, "--anonymise"] : args, { task: "capture" });
    await using _client = client;
    await sendUntil(port, () => !client.running);
    assert.equal(await client.ended(), 0);
    const [, datagrams, file] = /^(\d+) datagrams in (\S+\.pcap)\. All its data can be decoded/
      .exec(client.stdout[0])!;
    assert.equal(datagrams, "5");
    assert.deepEqual(filesOf(folder.path), [file]);
    const { records, stderr } = await decode(`${folder.path}/${file}`);
    assert.deepEqual(stderr, [`${5 + recalledIn(client)} datagrams, 5 flow records`]);
    const first = records[0].bytes;
    assert.deepEqual(records.map(({ bytes }) => bytes), [0, 1, 2, 3, 4].map((n) => first + n));
    assert.equal(records[0].src_addr === "10.1.1.1", !anonymise);
  });
}

/** Datagrams that were put in front: one template fits one. */
function recalledIn(client: Program): number {
  return /put in front/.test(client.stdout[0]) ? 1 : 0;
}

Deno.test("capture --url given up leaves what was captured in the server's folder", async () => {
  using folder = temporaryFolder();
  const port = freeUdpPort();
  const { program, url } = await serveHttp(folder.path, port);
  await using _ = program;
  const client = startProgram(["capture", "--url", url, "--exporter", "127.0.0.1"], {
    task: "capture",
  });
  await using _client = client;
  await client.errorLine(/the server captures/);
  await until("the file", () => filesOf(folder.path).length === 1 || undefined);
  let signalled = false;
  await sendUntil(port, () => {
    const { size } = Deno.statSync(`${folder.path}/${filesOf(folder.path)[0]}`);
    if (size > 200 && !signalled) {
      signalled = true;
      client.signal("SIGINT");
    }
    return program.stderr.some((line) => /"message":"captured"/.test(line));
  });
  assert.equal(await client.ended(), 0);
  assert.match(client.stdout[0], /^given up/);
  const { records } = await decode(`${folder.path}/${filesOf(folder.path)[0]}`);
  assert.ok(records.length > 0);
});

Deno.test("capture --url of a server without a folder says how to give it one", async () => {
  const { program, url } = await serveHttp(null, freeUdpPort());
  await using _ = program;
  const { status, stderr } = await runProgram(
    ["capture", "--url", url, "--exporter", "127.0.0.1"],
    { task: "capture" },
  );
  assert.equal(status, 1);
  assert.match(
    stderr.join("\n"),
    /FLOW_CAPTURE_FOLDER=FOLDER and --allow-read=FOLDER --allow-write/,
  );
});

Deno.test("a folder that the server may not write is named with the flags that it takes", async () => {
  using folder = temporaryFolder();
  await using client = await RawMcp.serve([], { env: { FLOW_CAPTURE_FOLDER: folder.path } });
  await client.collect("netflow_udp");
  const { isError, text } = await client.tryTool("capture_datagrams", { exporter: "127.0.0.1" });
  assert.equal(isError, true);
  assert.ok(text.includes(`--allow-read=${folder.path} --allow-write=${folder.path}`), text);
  assert.ok(client.logLines().some(({ message }) => message === "captures cannot be made"));
});

/** Octets of a pcap file without a packet. */
const PCAP_HEADER = 24;

Deno.test("a capture over standard input and output is cancelled by its notification", async () => {
  using folder = temporaryFolder();
  await using client = await RawMcp.serve([], {
    env: { FLOW_CAPTURE_FOLDER: folder.path },
    read: [folder.path],
    write: [folder.path],
  });
  const port = await client.collect("netflow_udp");
  await sendUdp(port, TEMPLATE, data(1));
  await client.statusAfter("netflow_udp", 2);
  await client.program.write(
    `${
      JSON.stringify({
        jsonrpc: "2.0",
        id: "capture",
        method: "tools/call",
        params: {
          name: "capture_datagrams",
          // Where addresses are replaced nothing is written before the end.
          arguments: { exporter: "127.0.0.1", anonymise: false },
        },
      })
    }\n`,
  );
  await until("the file", () => filesOf(folder.path).length === 1 || undefined);
  const [file] = filesOf(folder.path);
  // A capture that is cancelled before anything came keeps nothing.
  await sendUntil(port, () => Deno.statSync(`${folder.path}/${file}`).size > PCAP_HEADER);
  await client.notify("notifications/cancelled", { requestId: "capture" });
  await until(
    "the end of the capture",
    () => client.logLines().some(({ message }) => message === "captured") || undefined,
  );
  assert.ok(!client.messages().some(({ id }) => id === "capture"));
  assert.deepEqual(filesOf(folder.path), [file]);
});

Deno.test("capture --url says what is missing: wrong usage", async () => {
  const url = "http://127.0.0.1:9/mcp";
  for (
    const [args, said] of [
      [["--url", url], /--exporter/],
      [["--url", "nowhere", "--exporter", "127.0.0.1"], /http:\/\/127\.0\.0\.1:8055\/mcp/],
      [["--url", url, "--exporter", "127.0.0.1", "--to", "x"], /--to and --url exclude/],
      [["--url", url, "--exporter", "127.0.0.1", "--seconds", "601"], /600/],
      [["--on", "2055", "--to", "x", "--capability", "netflow_udp"], /--capability goes with/],
    ] as const
  ) {
    const { status, stderr } = await runProgram(["capture", ...args], { task: "capture" });
    assert.equal(status, 2, args.join(" "));
    assert.match(stderr.join("\n"), said);
  }
});
