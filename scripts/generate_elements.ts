/**
 * Writes the tables of information elements in core/wire/netflow/elements/generated/ from the
 * registries in scripts/registry/: one module a CSV file, and a list of the enterprises.
 *
 *     deno run --allow-read=scripts/registry,core/wire/netflow/elements/generated \
 *       --allow-write=core/wire/netflow/elements/generated scripts/generate_elements.ts
 *
 * With `--check` it writes nothing, needs no --allow-write, and fails when a table is stale.
 */
import {
  ELEMENT_TYPES,
  type ElementRow,
  type ElementType,
} from "../core/wire/netflow/elements/element_type.ts";

const REGISTRY = "scripts/registry/";
const TABLES = "core/wire/netflow/elements/generated/";
const COLUMNS = "ElementID,Name,Abstract Data Type,Data Type Semantics,Units,Status";

const IANA_REGISTRY = "ipfix-information-elements.csv";
const NETFLOW9_REGISTRY = "netflow9-field-types.csv";
const ENTERPRISE_REGISTRY = /^enterprise-(\d+)-[a-z-]+\.csv$/;
const ENTERPRISES = "enterprises.ts";

/** Element ids have 15 bits (RFC 7011 §3.2), NetFlow v9 field types 16 (RFC 3954 §5.2). */
const MAX_ELEMENT_ID = 0x7fff;
const MAX_FIELD_TYPE = 0xffff;
const ELEMENT_NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;
const SEMANTICS = [
  "",
  "default",
  "quantity",
  "totalCounter",
  "deltaCounter",
  "identifier",
  "flags",
  "list",
  "snmpCounter",
  "snmpGauge",
];
const STATUSES = ["current", "deprecated", "obsolete"];
const LINE_WIDTH = 100;

/**
 * Works out what the generated tables should hold.
 *
 * @param registries text of each registry by file name
 * @returns text of each table by file name
 */
export function generateElements(registries: ReadonlyMap<string, string>): Map<string, string> {
  const tables = new Map<string, string>();
  const enterprises: { enterprise: number; registry: string }[] = [];
  for (const [registry, text] of registries) {
    const enterprise = registry.match(ENTERPRISE_REGISTRY)?.[1];
    if (enterprise !== undefined) enterprises.push({ enterprise: Number(enterprise), registry });
    else if (registry !== IANA_REGISTRY && registry !== NETFLOW9_REGISTRY) {
      throw new Error(`${registry}: not the name of a registry, such as enterprise-9-cisco.csv`);
    }
    tables.set(tableOf(registry), tableText(registry, parseRegistry(registry, text)));
  }
  enterprises.sort((a, b) => a.enterprise - b.enterprise);
  tables.set(ENTERPRISES, enterprisesText(enterprises));
  return tables;
}

/**
 * Reads a registry: facts in ascending order, no quotes.
 *
 * @throws Error that names the line and what is wrong with it
 */
export function parseRegistry(registry: string, text: string): ElementRow[] {
  const lines = text.trimEnd().split("\n");
  if (lines[0] !== COLUMNS) throw new Error(`${registry}: expected the columns "${COLUMNS}"`);
  const most = registry === NETFLOW9_REGISTRY ? MAX_FIELD_TYPE : MAX_ELEMENT_ID;
  let last = 0;
  return lines.slice(1).map((line, index) => {
    const cells = line.split(",");
    const [idText, name, type, semantics, unit, status] = cells;
    const id = Number(idText);
    const wrong = cells.length !== 6
      ? `${cells.length} cells instead of 6`
      : !Number.isInteger(id) || id <= last || id > most
      ? `id ${idText} is not between ${last + 1} and ${most}`
      : !ELEMENT_NAME.test(name)
      ? `"${name}" is not a name of letters, digits, "_" and "-"`
      : !isElementType(type)
      ? `"${type}" is not an abstract data type`
      : !SEMANTICS.includes(semantics)
      ? `"${semantics}" is not a data type semantics`
      : !STATUSES.includes(status)
      ? `status "${status}" is not ${STATUSES.join(", ")}`
      : null;
    if (wrong !== null) throw new Error(`${registry}:${index + 2}: ${wrong}`);
    last = id;
    return unit === "" ? [id, name, type as ElementType] : [id, name, type as ElementType, unit];
  });
}

/**
 * Compares the tables of a checkout with its registries.
 *
 * @param root of the checkout
 * @returns what every table should hold and the names of those that do not, or should not be there
 */
export function checkElements(
  root: URL,
): { readonly tables: ReadonlyMap<string, string>; readonly stale: readonly string[] } {
  const registries = new Map(
    namesIn(new URL(REGISTRY, root), ".csv").map((name) => [name, readText(name, REGISTRY, root)]),
  );
  const tables = generateElements(registries);
  const there = namesIn(new URL(TABLES, root), ".ts");
  const stale = [...tables].filter(([name, text]) =>
    !there.includes(name) || readText(name, TABLES, root) !== text
  ).map(([name]) => name);
  return { tables, stale: [...stale, ...there.filter((name) => !tables.has(name))] };
}

function isElementType(text: string): text is ElementType {
  return (ELEMENT_TYPES as readonly string[]).includes(text);
}

function namesIn(folder: URL, suffix: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.endsWith(suffix)).sort();
}

function readText(name: string, folder: string, root: URL): string {
  return Deno.readTextFileSync(new URL(folder + name, root));
}

function tableOf(registry: string): string {
  return `${registry.replace(/\.csv$/, "").replaceAll("-", "_")}.ts`;
}

function constantOf(registry: string): string {
  return registry.replace(/\.csv$/, "").replaceAll("-", "_").toUpperCase();
}

function header(source: string): string {
  return `// Generated by scripts/generate_elements.ts: change the registry, not this table.\n// ${source}\n`;
}

function tableText(registry: string, rows: readonly ElementRow[]): string {
  const literals = rows.map((row) => `[${row.map((cell) => JSON.stringify(cell)).join(", ")}],`);
  return `// deno-fmt-ignore-file: as many elements to a line as it can hold.
${header(REGISTRY + registry)}import type { ElementRow } from "../element_type.ts";

export const ${constantOf(registry)}: readonly ElementRow[] = [
${fill(literals)}
];
`;
}

/** Joins words to indented lines. */
function fill(words: readonly string[]): string {
  const lines: string[] = [];
  for (const word of words) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= LINE_WIDTH) lines[lines.length - 1] = longer;
    else lines.push(`  ${word}`);
  }
  return lines.join("\n");
}

function enterprisesText(
  enterprises: readonly { readonly enterprise: number; readonly registry: string }[],
): string {
  const imports = enterprises.map(({ registry }) =>
    `import { ${constantOf(registry)} } from "./${tableOf(registry)}";`
  );
  const entries = enterprises.map(({ enterprise, registry }) =>
    `  [${enterprise}, ${constantOf(registry)}],`
  );
  return `${
    header(`${REGISTRY}enterprise-*.csv`)
  }import type { ElementRow } from "../element_type.ts";
${imports.join("\n")}

/** Elements by private enterprise number. */
export const ENTERPRISE_ROWS: readonly (readonly [
  enterprise: number,
  rows: readonly ElementRow[],
])[] = [
${entries.join("\n")}
];
`;
}

if (import.meta.main) {
  const root = new URL("../", import.meta.url);
  const { tables, stale } = checkElements(root);
  if (!Deno.args.includes("--check")) {
    for (const name of stale) {
      const text = tables.get(name);
      const table = new URL(TABLES + name, root);
      if (text === undefined) Deno.removeSync(table);
      else Deno.writeTextFileSync(table, text);
    }
    console.log(`written: ${stale.join(", ") || "nothing, all is current"}`);
  } else if (stale.length > 0) {
    console.error(`stale: ${stale.join(", ")}; run scripts/generate_elements.ts`);
    Deno.exit(1);
  }
}
