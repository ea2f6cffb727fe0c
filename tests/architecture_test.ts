import assert from "node:assert/strict";
import { findCycle, type ImportGraph, importGraph } from "./support/import_graph.ts";
import { ROOT } from "./support/program.ts";

/** Everything that runs is reached from one of these: the program, and its workers. */
const ENTRIES = [
  "main.ts",
  "capabilities/worker.ts",
  "core/analysis/worker.ts",
  "core/history/worker.ts",
];

/** Who may import whom. */
interface Rule {
  /** Folder or file that the rule is for; the longest that fits counts. */
  readonly from: string;
  /** Folders and files it may import, beside what lies in its own folder. */
  readonly may: readonly string[];
  /** Packages and runtime built-ins it may import. */
  readonly packages?: readonly string[];
  /** What the rule keeps true. */
  readonly because: string;
}

/** What a capability may use: the same for all of them, and for those that users write. */
const CAPABILITY = {
  may: ["core/flow", "core/wire", "core/exporter", "core/collector/capability.ts"],
  because: "a protocol is one folder and one line of the registry",
} as const;

const RULES: readonly Rule[] = [
  {
    from: "main.ts",
    may: ["capabilities/registry.ts", "core/cli/run_cli.ts", "core/flow/clock.ts"],
    because: "the composition root hands the command line on",
  },
  {
    from: "capabilities/registry.ts",
    may: ["capabilities/*/mod.ts", "core/collector/capability.ts"],
    because: "it lists what there is",
  },
  {
    from: "capabilities/worker.ts",
    may: ["capabilities/registry.ts", "core/collector"],
    because: "the entry of collector workers brings capability and receive loop together",
  },
  { from: "capabilities/*", ...CAPABILITY },
  { from: "core/version.ts", may: [], because: "a number stands alone" },
  { from: "core/nearest_word.ts", may: [], because: "a hint that any room may give" },
  { from: "core/count_of.ts", may: [], because: "words that any room may need" },
  {
    from: "core/give_way.ts",
    may: [],
    packages: ["node:os"],
    because: "whatever is no collector lets collectors go first",
  },
  { from: "core/flow", may: [], because: "the schema knows nothing of what is built on it" },
  {
    from: "core/flow/segment",
    may: ["core/flow"],
    packages: ["node:zlib"],
    because: "rows asleep are compressed by the runtime",
  },
  { from: "core/wire", may: ["core/flow"], because: "codecs turn octets into rows" },
  {
    from: "core/wire/anonymise",
    may: ["core/flow"],
    packages: ["node:crypto"],
    because: "what is replaced is replaced by a cipher",
  },
  {
    from: "core/exporter",
    may: ["core/flow", "core/wire"],
    because: "accounting serves the codecs",
  },
  {
    from: "core/collector",
    may: ["core/flow", "core/wire", "core/exporter", "core/nearest_word.ts"],
    packages: ["@logtape/logtape", "node:url"],
    because: "collection does not know who asks",
  },
  {
    from: "core/capture",
    may: ["core/flow"],
    packages: ["node:zlib"],
    because: "files of datagrams are read without knowing what is in them",
  },
  {
    from: "core/names",
    may: ["core/flow"],
    because: "names are looked up by whoever shows a flow",
  },
  {
    from: "core/recording",
    may: [
      "core/capture",
      "core/collector",
      "core/count_of.ts",
      "core/flow",
      "core/nearest_word.ts",
      "core/wire",
    ],
    packages: ["@logtape/logtape"],
    because: "captures are made of what collectors copy, whoever asked",
  },
  {
    from: "core/query",
    may: [
      "core/count_of.ts",
      "core/flow",
      "core/exporter/collection_health.ts",
      "core/give_way.ts",
      "core/names",
      "core/nearest_word.ts",
    ],
    packages: ["@logtape/logtape", "node:timers"],
    because: "queries read rows, whoever wrote them",
  },
  {
    from: "core/monitor",
    may: [
      "core/query",
      "core/flow",
      "core/count_of.ts",
      "core/exporter/collection_health.ts",
      "core/exporter/silence_rule.ts",
    ],
    because: "monitors are functions of what queries can see",
  },
  {
    from: "core/analysis",
    may: [
      "core/monitor",
      "core/names",
      "core/query",
      "core/flow",
      "core/count_of.ts",
      "core/exporter/collection_health.ts",
      "core/exporter/silence_rule.ts",
      "core/exporter/up_times.ts",
    ],
    because: "an analysis arranges what monitors and queries say",
  },
  {
    from: "core/analysis/worker.ts",
    may: [
      "core/give_way.ts",
      "core/history/history_archive.ts",
      "core/monitor",
      "core/names",
      "core/query",
    ],
    because: "the entry of the query worker brings questions, rings and history together",
  },
  {
    from: "core/history",
    may: [
      "core/collector/control_block.ts",
      "core/flow",
      "core/give_way.ts",
      "core/query/flow_archive.ts",
      "core/query/group_table.ts",
      "core/query/sums/traffic_sums.ts",
      "core/storage",
    ],
    packages: ["@logtape/logtape", "node:sqlite"],
    because: "it keeps what lies in rings, and is asked as queries would have it",
  },
  {
    from: "core/storage",
    may: [],
    packages: ["node:sqlite"],
    because: "a database is opened alike, whatever it holds",
  },
  {
    from: "core/state",
    may: ["core/flow", "core/storage", "core/wire/learnt.ts", "core/wire/limits.ts"],
    packages: ["node:sqlite"],
    because: "it keeps what rooms hand it, and asks none of them",
  },
  {
    from: "core/config",
    may: [
      "core/flow/internal_networks.ts",
      "core/flow/network.ts",
      "core/flow/sampling_rate.ts",
      "core/nearest_word.ts",
    ],
    packages: ["yaml", "zod"],
    because: "every component can be configured by it, so it depends on none",
  },
  {
    from: "core/agent",
    may: ["core/version.ts"],
    packages: ["@modelcontextprotocol/client"],
    because: "the agent can do nothing that an MCP client cannot",
  },
  {
    from: "core/mcp",
    may: [
      "core/analysis",
      "core/count_of.ts",
      "core/collector",
      "core/config",
      "core/exporter",
      "core/flow",
      "core/history/history_status.ts",
      "core/monitor",
      "core/names/reverse_dns.ts",
      "core/nearest_word.ts",
      "core/query",
      "core/recording",
      "core/version.ts",
    ],
    packages: [
      "@modelcontextprotocol/server",
      "@logtape/logtape",
      "zod",
      "node:process",
      "node:stream",
    ],
    because: "tools show what the rooms know",
  },
  {
    from: "core/cli",
    may: ["core"],
    packages: ["@logtape/logtape", "node:url", "node:util"],
    because: "commands wire everything together by hand",
  },
  {
    from: "core/cli/transfer",
    may: ["core"],
    packages: ["hyparquet-writer", "node:zlib"],
    because: "files of flows are written and read for two commands",
  },
];

/** Only these may import what is named here. */
const RESERVED: readonly { readonly what: string; readonly to: readonly string[] }[] = [
  { what: "capabilities", to: ["main.ts", "capabilities"] },
  { what: "capabilities/registry.ts", to: ["main.ts", "capabilities/worker.ts"] },
  { what: "core/cli", to: ["main.ts", "core/cli"] },
  { what: "core/state", to: ["core/cli", "core/state"] },
];

/** Files beside the sources that only tests use. */
const TEST_SUPPORT = /_test\.ts$|_bench\.ts$|\/testing\/|^core\/capture\/sample_captures\.ts$/;

/** Files that no entry reaches yet: what tests need of them now, a command will later. */
const AHEAD: readonly string[] = [];

/** Everything that may stand at the top of the repository. */
const TOP_LEVEL = [
  ".ci",
  ".github",
  ".gitignore",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "LICENSE",
  "README.md",
  "SECURITY.md",
  "capabilities",
  "core",
  "deno.json",
  "deno.lock",
  "docs",
  "main.ts",
  "scripts",
  "tests",
];
/** What working in a checkout leaves there, and version control ignores. */
const LOCAL = /^(\.git|\.env|node_modules|coverage|.*\.log)$/;

const MAX_LINES = 400;

const graph: ImportGraph = await importGraph(ENTRIES);

/** Whether a path is a place of the rules or lies in it; `*` stands for one name. */
function liesIn(path: string, place: string): boolean {
  const pattern = place.replaceAll(".", "\\.").replaceAll("*", "[^/]+");
  return new RegExp(`^${pattern}(/|$)`).test(path);
}

function ruleOf(path: string): Rule | undefined {
  return RULES.filter(({ from }) => liesIn(path, from))
    .sort((a, b) => b.from.length - a.from.length)[0];
}

/** The folder that a rule sees as one: `core/flow`, `capabilities/json_udp`, or the file itself. */
function roomOf(path: string): string {
  const parts = path.split("/");
  return parts.length > 2 ? parts.slice(0, 2).join("/") : path;
}

/** Files of a folder, at any depth. */
function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(`${ROOT}${folder}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(`${folder}/${name}`) : [`${folder}/${name}`]
  ).sort();
}

const SOURCES = ["capabilities", "core", "scripts", "tests"]
  .filter((folder) => [...Deno.readDirSync(ROOT)].some(({ name }) => name === folder))
  .flatMap(filesIn)
  .concat("main.ts")
  .filter((path) => path.endsWith(".ts"));

Deno.test("architecture: the import graph is that of the whole program", () => {
  for (const entry of ENTRIES) assert.ok(graph.has(entry), entry);
  assert.ok(graph.size > 100, `${graph.size} modules`);
});

for (const rule of RULES) {
  Deno.test(`architecture: ${rule.from} imports only what it may: ${rule.because}`, () => {
    const broken: string[] = [];
    for (const [path, { files, packages }] of graph) {
      if (ruleOf(path) !== rule) continue;
      for (const to of files) {
        const own = roomOf(to) === roomOf(path);
        if (!own && !rule.may.some((place) => liesIn(to, place))) broken.push(`${path} → ${to}`);
      }
      for (const name of packages) {
        if (!(rule.packages ?? []).includes(name)) broken.push(`${path} → ${name}`);
      }
    }
    assert.deepEqual(broken, []);
  });
}

Deno.test("architecture: every module has a rule, and every rule a module", () => {
  assert.deepEqual([...graph.keys()].filter((path) => ruleOf(path) === undefined), []);
  const used = new Set([...graph.keys()].map(ruleOf));
  assert.deepEqual(RULES.filter((rule) => !used.has(rule)).map(({ from }) => from), []);
});

for (const { what, to } of RESERVED) {
  Deno.test(`architecture: ${what} is imported by ${to.join(" and ")} alone`, () => {
    const broken: string[] = [];
    for (const [path, { files }] of graph) {
      if (to.some((place) => liesIn(path, place))) continue;
      for (const file of files) if (liesIn(file, what)) broken.push(`${path} → ${file}`);
    }
    assert.deepEqual(broken, []);
  });
}

Deno.test("architecture: what a client waits for loads little more than MCP and the settings", () => {
  const loaded = new Set(["main.ts", "core/cli/serve.ts"]);
  for (const path of loaded) for (const next of graph.get(path)?.loaded ?? []) loaded.add(next);
  const heavy = ["core/wire", "core/query", "core/analysis", "core/collector", "core/history"]
    .concat("core/monitor", "core/state", "core/mcp/tools", "capabilities", "core/agent");
  const found = [...loaded].filter((path) => heavy.some((place) => liesIn(path, place)));
  assert.deepEqual(found, []);
  const packages = [...loaded].filter((path) => !graph.has(path) && !path.startsWith("node:"));
  assert.deepEqual(packages.sort(), ["@logtape/logtape", "@modelcontextprotocol/server", "zod"]);
});

Deno.test("architecture: files do not import each other in a circle", () => {
  assert.equal(findCycle(new Map([...graph].map(([path, { files }]) => [path, files]))), null);
});

Deno.test("architecture: folders do not import each other in a circle", () => {
  const edges = new Map<string, Set<string>>();
  for (const [path, { files }] of graph) {
    const from = roomOf(path);
    const to = edges.get(from) ?? new Set();
    for (const file of files) if (roomOf(file) !== from) to.add(roomOf(file));
    edges.set(from, to);
  }
  assert.equal(findCycle(edges), null);
});

Deno.test("architecture: every file of the program is reached from an entry", () => {
  const dead = SOURCES.filter((path) =>
    !path.startsWith("tests/") && !path.startsWith("scripts/") && !TEST_SUPPORT.test(path) &&
    !graph.has(path)
  );
  assert.deepEqual(dead, AHEAD);
});

Deno.test("architecture: what only tests use is not part of the program", () => {
  const tests = [...graph.keys()].filter((path) =>
    TEST_SUPPORT.test(path) || path.startsWith("tests/")
  );
  assert.deepEqual(tests, []);
});

Deno.test("architecture: nothing comes from JSR or a bare web address", () => {
  const foreign = /^(jsr:|https?:)/;
  const found = [...graph].flatMap(([path, { specifiers }]) =>
    [...specifiers].filter((specifier) => foreign.test(specifier)).map((to) => `${path} → ${to}`)
  );
  const { imports } = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`));
  for (const [name, to] of Object.entries<string>(imports)) {
    if (!/^npm:\/?(@[^/]+\/)?[^@/]+@\d+\.\d+\.\d+/.test(to)) {
      found.push(`deno.json: ${name} → ${to}`);
    }
  }
  for (const path of SOURCES.filter((source) => !graph.has(source))) {
    for (const line of Deno.readTextFileSync(`${ROOT}${path}`).split("\n")) {
      if (/\bfrom "(jsr:|https?:)/.test(line)) found.push(`${path}: ${line}`);
    }
  }
  assert.deepEqual(found, []);
});

Deno.test(`architecture: no file has more than ${MAX_LINES} lines`, () => {
  // A table of cases is as long as there are cases.
  const long = SOURCES.filter((path) => !path.endsWith("_test.ts")).map((path) => ({
    path,
    lines: Deno.readTextFileSync(`${ROOT}${path}`).split("\n").length - 1,
  })).filter(({ lines }) => lines > MAX_LINES);
  assert.deepEqual(long, []);
});

Deno.test("architecture: sources are named in snake_case", () => {
  const odd = SOURCES.filter((path) =>
    !/^[a-z0-9_]+(_test|_bench)?\.ts$/.test(path.split("/").pop()!)
  );
  assert.deepEqual(odd, []);
});

Deno.test("architecture: the top of the repository holds what is known there", () => {
  const strange = [...Deno.readDirSync(ROOT)].map(({ name }) => name)
    .filter((name) => !TOP_LEVEL.includes(name) && !LOCAL.test(name));
  assert.deepEqual(strange, []);
});

Deno.test("architecture: a cycle would be found", () => {
  const edges = new Map([["a", new Set(["b"])], ["b", new Set(["c"])], ["c", new Set(["b"])]]);
  assert.deepEqual(findCycle(edges), ["b", "c", "b"]);
  edges.set("c", new Set());
  assert.equal(findCycle(edges), null);
});
