/**
 * Writes the parts of the documentation that follow from tables in the code: what stands between
 * `<!-- generated:NAME -->` and `<!-- end -->` in Markdown files, and docs/.env.example.
 *
 *     deno task docs          writes
 *     deno task docs:check    writes nothing; fails, and names the files, when one is stale
 */
import { z } from "zod";
import { JSON_NAMES } from "../capabilities/json_udp/fields.ts";
import {
  type ConfigKey,
  configKeys,
  configSchema,
  environmentName,
} from "../core/config/schema.ts";
import { DEVICE_COUNTER_FIELDS, INTERFACE_FIELDS } from "../core/flow/interface_schema.ts";
import { FLOW_FIELDS, type FlowField } from "../core/flow/schema.ts";
import type { TableField } from "../core/flow/table.ts";
import { captureDatagrams } from "../core/mcp/tools/capture_datagrams.ts";
import { defaultTools } from "../core/mcp/tools/mod.ts";
import type { Tool } from "../core/mcp/tool.ts";
import { LATENCY_MEASUREMENTS } from "../core/wire/netflow/latency_map.ts";
import { DROP_REASONS } from "../core/wire/wire_error.ts";
import { formatTable, unitOf } from "./format_table.ts";
import { table } from "./markdown_table.ts";

/** Files with generated blocks. */
const MARKDOWN = ["README.md", "docs/collecting.md", "docs/fields.md", "docs/mcp.md"] as const;
const ENV_EXAMPLE = "docs/.env.example";
/** A block, with the indentation of the list item that it may stand in. */
const BLOCK = /^( *)<!-- generated:(\w+) -->\n[^]*?<!-- end -->$/gm;

/** Version of Deno that npx fetches. */
const DENO = "2.9.6";
/** Where a checkout lies, in snippets that people adapt. */
const CHECKOUT = "/path/to/flow-agent";

/** Where state.db lies, likewise. */
const STATE_FOLDER = "/path/to/state";

/** The part of a JSON schema that the tables show. */
interface Described {
  type?: string;
  description?: string;
  default?: unknown;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  enum?: string[];
  properties?: Record<string, Described>;
  additionalProperties?: Described;
  items?: Described;
  required?: string[];
}

/**
 * Works out what the generated files should hold.
 *
 * @param read gives the text of a file of the checkout
 * @returns text by path
 */
export function generateDocs(read: (path: string) => string): Map<string, string> {
  const blocks: Record<string, () => string> = {
    fields: formatTable,
    schema: schemaTable,
    interface_schema: () => tableOf(INTERFACE_FIELDS),
    device_counter_schema: () => tableOf(DEVICE_COUNTER_FIELDS),
    json_names: jsonNames,
    latency_sources: latencySources,
    tools: toolTable,
    tool_arguments: toolArguments,
    configuration: configurationTable,
    drop_reasons: () => dropReasons(read("core/wire/wire_error.ts")),
    clients: () => clientSnippets(read("deno.json")),
  };
  const files = new Map<string, string>([[ENV_EXAMPLE, envExample()]]);
  for (const path of MARKDOWN) {
    const text = read(path).replace(BLOCK, (_, indent: string, name: string) => {
      if (blocks[name] === undefined) {
        const known = Object.keys(blocks).join(", ");
        throw new Error(`${path}: there is no block "${name}"; there are ${known}`);
      }
      const lines = [`<!-- generated:${name} -->`, "", blocks[name](), "", "<!-- end -->"];
      return lines.join("\n").replace(/^(?=.)/gm, indent);
    });
    files.set(path, text);
  }
  return files;
}

function schemaTable(): string {
  return table(
    ["field", "type", "unit", "what it is", "`null` means", "IPFIX", "NetFlow v9"],
    FLOW_FIELDS.map((field: FlowField) => [
      `\`${field.name}\``,
      field.values === undefined
        ? typeName(field)
        : field.values.map((value) => `\`${value}\``).join(", "),
      unitOf(field),
      field.description,
      field.absence,
      String(field.ipfix ?? ""),
      String(field.netflow9 ?? ""),
    ]),
  );
}

function tableOf(fields: readonly TableField[]): string {
  return table(
    ["field", "type", "unit", "what it is", "`null` means"],
    fields.map((field) => [
      `\`${field.name}\``,
      field.values?.map((value) => `\`${value}\``).join(", ") ?? typeName(field),
      field.unit,
      field.description + (field.counterBits === 32 ? " (32 bits)" : ""),
      field.absence,
    ]),
  );
}

function typeName({ storage }: TableField): string {
  if (storage === "time") return "ISO 8601";
  if (storage === "address") return "IP address";
  if (storage === "mac") return "MAC address";
  return storage === "string" || storage === "computed" ? "text" : "number";
}

function jsonNames(): string {
  const rows: string[][] = [];
  for (const { name } of FLOW_FIELDS) {
    const names = JSON_NAMES.filter(({ column }) => column === name);
    if (names.length === 0) continue;
    const readings = [...new Set(names.map(({ reading }) => reading))];
    rows.push([
      `\`${name}\``,
      names.filter((known) => known.name !== name).map((known) => `\`${known.name}\``).join(", "),
      readings.map((reading) => READINGS[reading]).filter((text) => text !== "").join("; "),
    ]);
  }
  return table(["field", "other names", "values besides the plain one"], rows);
}

const READINGS: Readonly<Record<(typeof JSON_NAMES)[number]["reading"], string>> = {
  plain: "",
  protocol: 'a number or a name ("TCP")',
  time: "ISO 8601, or epoch seconds or milliseconds",
  epoch_ns: "epoch nanoseconds (goflow2)",
  duration_ns: "nanoseconds (ECS)",
  prefix: "a length, alone or behind its address",
  direction: "`ingress`, `inbound`, 0; `egress`, `outbound`, 1",
};

function latencySources(): string {
  return table(
    ["`latency_source`", "what was measured", "elements"],
    LATENCY_MEASUREMENTS.map(({ source, what, unitMs, terms, samples }) => [
      `\`${source}\``,
      what,
      formula({ unitMs, terms }) +
      (samples === undefined ? "" : `, by ${samples.map(elementText).join(" or ")}`),
    ]),
  );
}

/** ntop exports half round trips: the unit of their sum is 2 ms. */
function formula(
  { unitMs, terms }: Pick<(typeof LATENCY_MEASUREMENTS)[number], "unitMs" | "terms">,
) {
  const sum = terms.map(elementText).join(" + ");
  if (unitMs !== 2) return sum;
  return terms.length > 1 ? `2 × (${sum})` : `2 × ${sum}`;
}

function elementText([pen, id]: readonly [pen: number, id: number]): string {
  return pen === 0 ? String(id) : `${pen}.${id}`;
}

function toolTable(): string {
  return table(
    ["tool", "what it does", "arguments", "hints"],
    [...defaultTools, captureDatagrams].map((tool) => [
      `\`${tool.name}\``,
      firstSentence(tool.description),
      Object.entries(inputOf(tool).properties ?? {})
        .map(([name, argument]) => `\`${name}\`${mark(tool, name, argument)}`).join(", "),
      hintsOf(tool),
    ]),
  );
}

function toolArguments(): string {
  const rows: string[][] = [];
  for (const tool of [...defaultTools, captureDatagrams]) {
    for (const [name, argument] of Object.entries(inputOf(tool).properties ?? {})) {
      rows.push([
        `\`${tool.name}\``,
        `\`${name}\`${mark(tool, name, argument)}`,
        allowed(argument),
        argument.description ?? "",
      ]);
    }
  }
  return table(["tool", "argument", "values", "meaning"], rows);
}

function inputOf(tool: Tool): Described {
  return z.toJSONSchema(tool.input, { io: "input" }) as Described;
}

/** `=20` for a default, `?` for what may be left out. */
function mark(tool: Tool, name: string, argument: Described): string {
  if (argument.default !== undefined) return `=${argument.default}`;
  return inputOf(tool).required?.includes(name) ? "" : "?";
}

function hintsOf({ hints }: Tool): string {
  return [
    hints.readOnlyHint ? "read-only" : hints.destructiveHint ? "destructive" : "changes state",
    ...(hints.idempotentHint ? ["idempotent"] : []),
    ...(hints.openWorldHint ? ["carries text from the wire"] : []),
  ].join(", ");
}

function firstSentence(text: string): string {
  return /^.*?(?=\.(?:\s|$))/.exec(text)?.[0] ?? text;
}

function configurationTable(): string {
  return table(
    ["key", "environment variable", "default", "values", "meaning"],
    configKeys().map((key) => {
      const described = describeKey(key);
      return [
        `\`${key.section}.${key.name}\``,
        `\`${environmentName(key)}\``,
        textOf(described.default) === "" ? "" : `\`${textOf(described.default)}\``,
        allowed(described),
        key.description,
      ];
    }),
  );
}

function describeKey({ section, name }: ConfigKey): Described {
  const schema = z.toJSONSchema(configSchema, { io: "output" }) as Described;
  return schema.properties![section].properties![name];
}

/** A default as text; tables are empty by default. */
function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join(",") : typeof value === "object" ? "" : String(value);
}

/** The values that a schema lets through, in words. */
function allowed(schema: Described): string {
  if (schema.type === "array") {
    return schema.items?.type === "object" ? "list of tables" : "list of text";
  }
  if (schema.type === "object") {
    const { type } = schema.additionalProperties ?? {};
    return type === "string" ? "table of text" : "table of numbers";
  }
  if (schema.type === "boolean") return "`true`, `false`";
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(", ");
  if (schema.type === "boolean") return "`true`, `false`";
  if (schema.type !== "number" && schema.type !== "integer") {
    return schema.maxLength === undefined ? "text" : `text of up to ${schema.maxLength} characters`;
  }
  const low = schema.exclusiveMinimum === undefined
    ? `${schema.minimum}`
    : `above ${schema.exclusiveMinimum}`;
  return `${low} to ${schema.maximum}`;
}

/** Variables that are no keys of the configuration. */
const OTHER_VARIABLES = [
  {
    name: "FLOW_CAPABILITIES",
    value: '["json_udp","netflow_udp","jflow_udp","ipfix_udp","sflow_udp"]',
    meaning: "capabilities to load, as a JSON list of names or paths of modules; unset: all " +
      "built-in ones",
  },
  {
    name: "FLOW_CAPABILITY_NAME",
    value: "json_udp",
    meaning: "older name of FLOW_AGENT_CAPABILITY, which stands above it",
  },
  {
    name: "POLL_SECONDS",
    value: "10",
    meaning: "older name of FLOW_AGENT_POLL_SECONDS, which stands above it",
  },
];

function envExample(): string {
  const entries = [
    ...configKeys().map((key) => ({
      name: environmentName(key),
      value: textOf(describeKey(key).default),
      meaning: key.description,
    })),
    ...OTHER_VARIABLES,
  ];
  return [
    "# Every environment variable that flow-agent reads, with its default. Copy what you change into",
    "# a file of your own and name it: flow-agent serve --env-file FILE. Variables that are set in the",
    "# environment stand above the file. Generated by `deno task docs`.",
    ...entries.flatMap(({ name, value, meaning }) => [
      "",
      `# ${meaning}`,
      `# ${name}=${value.startsWith("[") ? `'${value}'` : value}`,
    ]),
    "",
  ].join("\n");
}

/** Reasons and what each counts, as the comments of the table say it. */
function dropReasons(source: string): string {
  const rows = [...source.matchAll(/\/\*\* (.+?)\.? \*\/\n\s+"(\w+)",/g)]
    .map(([, counted, reason]) => [`\`${reason}\``, counted]);
  const found = rows.map(([reason]) => reason).join();
  const wanted = DROP_REASONS.map((reason) => `\`${reason}\``).join();
  if (found !== wanted) {
    throw new Error(`core/wire/wire_error.ts: a comment of one line is wanted above each reason`);
  }
  return table(["reason", "what is counted"], rows);
}

/** What MCP clients have to be told, from the `serve` task. */
function clientSnippets(denoJson: string): string {
  const task: string = JSON.parse(denoJson).tasks.serve;
  // Clients expand no variables: the folder of state.db is named.
  const [command, ...args] = task
    .replace(/ --allow-read=(?:"[^"]*"|\S)+/, ` --allow-read=${CHECKOUT},${STATE_FOLDER}`)
    .replace(/ --allow-write=(?:"[^"]*"|\S)+/, ` --allow-write=${STATE_FOLDER}`)
    .replace(",HOME,XDG_STATE_HOME,LOCALAPPDATA", "")
    .replace(" main.ts serve", ` ${CHECKOUT}/main.ts serve --db ${STATE_FOLDER}`)
    .split(" ");
  const server = { command, args };
  const shell = [command, ...args].map((word) => /[^\w./=:@,-]/.test(word) ? `'${word}'` : word);
  const json = (value: unknown): string =>
    ["```json", JSON.stringify(value, null, 2), "```"].join("\n");
  const add = (words: readonly string[]): string =>
    ["```sh", `claude mcp add flow-agent -- ${words.join(" ")}`, "```"].join("\n");
  return [
    "Claude Desktop (`claude_desktop_config.json`) and Cursor (`.cursor/mcp.json`):",
    json({ mcpServers: { "flow-agent": server } }),
    "VS Code (`.vscode/mcp.json`):",
    json({ servers: { "flow-agent": { type: "stdio", ...server } } }),
    "Claude Code:",
    add(shell),
    "Claude Code, on a machine with npm and without Deno:",
    add(["npx", "-y", `deno@${DENO}`, ...shell.slice(1)]),
  ].join("\n\n");
}

if (import.meta.main) {
  const root = new URL("../", import.meta.url);
  const read = (path: string): string => Deno.readTextFileSync(new URL(path, root));
  const stale = [...generateDocs(read)].filter(([path, text]) => {
    try {
      return read(path) !== text;
    } catch {
      return true;
    }
  });
  if (!Deno.args.includes("--check")) {
    for (const [path, text] of stale) Deno.writeTextFileSync(new URL(path, root), text);
    console.log(`written: ${stale.map(([path]) => path).join(", ") || "nothing, all is current"}`);
  } else if (stale.length > 0) {
    console.error(`stale: ${stale.map(([path]) => path).join(", ")}; run "deno task docs"`);
    Deno.exit(1);
  }
}
