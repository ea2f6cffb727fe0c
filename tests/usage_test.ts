import assert from "node:assert/strict";
import { ROOT, runProgram, startProgram } from "./support/program.ts";
import { temporaryFolder } from "./support/temporary_folder.ts";
import { freeUdpPort } from "./support/udp.ts";

const CAPTURE = `${ROOT}tests/corpus/netflow5-goflow/capture.pcap`;
const READ = ["--read", CAPTURE];
/** Nobody listens there: the arguments are wrong before anyone is asked. */
const NOWHERE = "127.0.0.1:9";

/** Command lines that are wrong, and the whole sentence that says so. */
const WRONG: readonly [line: readonly string[], says: RegExp][] = [
  // Options of any command.
  [["serve", "--nope"], /^serve has no option --nope; known are --http, --collect, /],
  [["serve", "-x"], /^serve has no option -x; /],
  [["serve", "--colect", "x"], /^serve has no option --colect; did you mean "--collect"\?$/],
  [["serve", "now"], /^serve takes options alone, and found "now"; see "flow-agent serve --help"$/],
  [
    ["serve", "--collect"],
    /^--collect has no value; write --collect NAME\[@HOST\]\[:PORT\], or --/,
  ],
  [
    ["query", ...READ, "--limit", "-5"],
    /^--limit has no value; write --limit N, or --limit=N where/,
  ],
  [["agent", "--once=3"], /^--once is a flag and takes no value; give it alone$/],
  [["serve", "--log-level", "loud"], /^--log-level is "loud"; give one of debug, info, /],
  // Where to listen.
  [
    ["serve", "--collect", "foo"],
    /^--collect: there is no capability "foo"; there are json_udp, netflow_udp, /,
  ],
  [
    ["serve", "--collect", "netflow_udpp"],
    /^--collect: there is no capability "netflow_udpp"; did you mean "netflow_udp"\?$/,
  ],
  [
    ["serve", "--collect", "netflow_udp:99999"],
    /^--collect is "netflow_udp:99999", but there is no port 99999; give one from 0 to 65535$/,
  ],
  [
    ["serve", "--collect", "netflow_udp@999.1.1.1:2055"],
    /^--collect is "netflow_udp@999\.1\.1\.1:2055", but 999\.1\.1\.1 is no address; give one such/,
  ],
  [
    ["serve", "--collect", "netflow_udp@[::1"],
    /^--collect is "netflow_udp@\[::1"; write PORT, HOST:PORT or \[IPV6\]:PORT, such as /,
  ],
  [["serve", "--collect", ":2055"], /^--collect is ":2055"; write it as netflow_udp, netflow_udp:/],
  [
    ["serve", "--http", "0.0.0.0"],
    /^--http 0\.0\.0\.0 cannot be served: beyond loopback .*; give 127\.0\.0\.1, ::1 or localhost$/,
  ],
  [["serve", "--http", "[::]:8055"], /^--http \[::\]:8055 cannot be served: beyond loopback /],
  [["serve", "--http", "127.0.0.1:70000"], /^--http is .*, but there is no port 70000; give one /],
  [["doctor", "--collect", "foo"], /^--collect: there is no capability "foo"; there are /],
  [["doctor", "--collect", "netflow_udp:99999"], /but there is no port 99999; give one from 0 to /],
  [["agent", "--once", "--capability", "foo"], /^--capability: there is no capability "foo"; /],
  [["capture", "--on", "99999", "--to", "x"], /^--on is "99999", but there is no port 99999; /],
  [
    ["capture", "--on", NOWHERE, "--to", "/nosuch/x", "--exporter", "r1"],
    /^--exporter is "r1"; give an IP address, such as 192\.0\.2\.1$/,
  ],
  [["replay", CAPTURE, "--to", NOWHERE, "--exporter", "r1"], /^--exporter is "r1"; give an IP /],
  [["send", "--to", "1.2.3"], /^--to is "1\.2\.3", but 1\.2\.3 is no address; give one such as /],
  // What is asked.
  [
    ["query", ...READ, "--filter", 'label "head ofice"'],
    /^Cannot read the filter at character 7: found the text "head ofice", expected a label/m,
  ],
  [["query", ...READ, "--order", "size"], /^order_by: "size" is none of the metrics asked for; /m],
  [
    ["export", "--out", "a.xlsx"],
    /^--out is "a\.xlsx", and nothing is written as \.xlsx; end it in \.jsonl, \.csv, \.parquet, or/,
  ],
  [["export", "--as", "xlsx", "--out", "a"], /^--as is "xlsx"; give one of jsonl, csv, parquet$/],
];

for (const [line, says] of WRONG) {
  const shown = line.join(" ").replaceAll(ROOT, "");
  Deno.test(`flow-agent ${shown} is wrong usage, and says what is wanted`, async () => {
    const { status, stdout, stderr } = await runProgram(line, { task: line[0] });
    const said = stderr.filter((text) => !text.startsWith("{")).join("\n");
    assert.match(said, says);
    assert.equal(status, 2, said);
    assert.deepEqual(stdout.filter((text) => !/^[A-Z ]/.test(text)), []);
  });
}

Deno.test("a server that is to start what is not there leaves nothing behind", async () => {
  using folder = temporaryFolder();
  const db = `${folder.path}/db`;
  const { status } = await runProgram(
    ["serve", "--http", "127.0.0.1:0", "--collect", "foo", "--db", db],
    { task: "serve", read: [folder.path], write: [folder.path] },
  );
  assert.equal(status, 2);
  assert.deepEqual([...Deno.readDirSync(folder.path)], []);
});

Deno.test("what a server cannot be asked is wrong usage of query, and what is not there is not", async () => {
  await using server = startProgram(
    ["serve", "--http", "127.0.0.1:0", "--collect", `json_udp@127.0.0.1:${freeUdpPort()}`],
  );
  const [, url] = await server.errorLine(/"url":"([^"]+)"/);
  const ask = async (...args: string[]) => {
    const { status, stderr } = await runProgram(["query", "--url", url, ...args], {
      task: "query",
    });
    return { status, said: stderr.join("\n") };
  };
  for (
    const [args, says] of [
      [
        ["--filter", 'label "head ofice"'],
        /^Cannot read the filter at character 7: found the text /,
      ],
      [["--filter", "country DE"], /no database of countries is configured/],
      [["--by", "src_country"], /no database of countries is configured/],
      [["--last", "soon"], /^time_range: "soon" is no range of time/],
    ] as const
  ) {
    const { status, said } = await ask(...args);
    assert.match(said, says);
    assert.equal(status, 2, said);
  }
  const agent = await runProgram(["agent", "--once", "--url", url, "--capability", "foo"], {
    task: "agent",
  });
  assert.match(agent.stderr.join("\n"), /^--capability: there is no capability "foo"; there are /);
  assert.equal(agent.status, 2);
});

/** How a server would come to be where none answers. */
const NO_SERVER: readonly [url: string, remedy: RegExp][] = [
  [
    "http://127.0.0.1:48055/mcp",
    /; start one with "flow-agent serve --http 48055", or answer from/,
  ],
  ["http://[::1]:48055/mcp", /; start one with "flow-agent serve --http \[::1\]:48055", or answer/],
  // Nobody but root can serve there.
  [
    "http://127.0.0.1:1/mcp",
    /; start one with "flow-agent serve --http 8055" and give --url http:\/\/127\.0\.0\.1:8055\/mcp,/,
  ],
  ["http://127.0.0.1/mcp", /; start one with "flow-agent serve --http 8055" and give --url /],
];
for (const [url, remedy] of NO_SERVER) {
  Deno.test(`query --url ${url} ends with status 1 and says how to have a server there`, async () => {
    const { status, stderr } = await runProgram(["query", "--url", url], { task: "query" });
    assert.equal(status, 1);
    assert.match(stderr.join("\n"), remedy);
  });
}
