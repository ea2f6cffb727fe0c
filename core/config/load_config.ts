import { z } from "zod";
import { nearestWord } from "../nearest_word.ts";
import { type Config, configKeys, configSchema, environmentName, isYamlText } from "./schema.ts";

/** A configuration that cannot be used; the message names every fault and its remedy. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Settings by section and name, as one source gives them. */
export type Settings = Record<string, Record<string, unknown>>;

/** Characters of what was found that an error quotes. */
const MAX_FOUND = 60;

/** Names that an earlier implementation of the agent read, and the key that they set. */
const OLDER_NAMES: Readonly<Record<string, readonly [string, string]>> = {
  FLOW_CAPABILITY_NAME: ["agent", "capability"],
  POLL_SECONDS: ["agent", "poll_seconds"],
};

/** Reads YAML text, and throws for what is none. */
export type ParseYaml = (text: string) => unknown;

/** Where settings come from, the weakest first. */
export interface ConfigSources {
  /** Text of a YAML or JSON file, and its name for messages. */
  readonly file?: { readonly name: string; readonly text: string };
  /** Reads an environment variable. */
  readonly environment: (name: string) => string | undefined;
  /** What the command line says. */
  readonly flags?: Settings;
  /** Reads YAML; may be left out where there is none: no file, and no variable that holds some. */
  readonly parseYaml?: ParseYaml;
}

/**
 * Works out the effective configuration: defaults < file < environment < flags.
 *
 * @throws {ConfigError} for unknown keys, with the nearest known one, and for values out of range
 */
export function loadConfig(sources: ConfigSources): Config {
  return explainConfig(sources).config;
}

/** Where a value comes from: "default", the file's name, a variable's name, "command line". */
export type Origin = string;

/**
 * As `loadConfig`, and where each value comes from.
 *
 * @returns `originOf` gives it by section and name
 * @throws {ConfigError} as `loadConfig`
 */
export function explainConfig(
  { file, environment, flags = {}, parseYaml = noYaml }: ConfigSources,
): {
  config: Config;
  originOf: (section: string, name: string) => Origin;
} {
  const variables = readEnvironment(environment, parseYaml);
  const layers: readonly (readonly [Settings, (section: string, name: string) => Origin])[] = [
    [file === undefined ? {} : readFile(file, parseYaml), () => file!.name],
    [variables.settings, (section, name) => variables.names.get(`${section}.${name}`)!],
    [flags, () => "command line"],
  ];
  const merged: Settings = {};
  const origins = new Map<string, Origin>();
  for (const [layer, origin] of layers) {
    for (const [section, values] of Object.entries(layer)) {
      merged[section] = { ...merged[section], ...values };
      for (const name of Object.keys(values)) {
        origins.set(`${section}.${name}`, origin(section, name));
      }
    }
  }
  const result = configSchema.safeParse(merged, { reportInput: true });
  if (result.success) {
    return {
      config: result.data,
      originOf: (section, name) => origins.get(`${section}.${name}`) ?? "default",
    };
  }
  throw new ConfigError(
    `the configuration cannot be used: ${result.error.issues.map(describeIssue).join("; ")}`,
  );
}

function noYaml(): never {
  throw new Error("nothing was given to read YAML with");
}

function readFile(
  { name, text }: { name: string; text: string },
  parseYaml: ParseYaml,
): Settings {
  let content: unknown;
  try {
    content = parseYaml(text) ?? {};
  } catch (error) {
    throw new ConfigError(`${name} is not YAML: ${(error as Error).message}`);
  }
  const faulty = typeof content !== "object" || Array.isArray(content) ||
    Object.values(content as object).some((section) =>
      typeof section !== "object" || section === null || Array.isArray(section)
    );
  if (faulty) {
    throw new ConfigError(
      `${name} wants sections with keys, such as "latency: {threshold_ms: 150}"`,
    );
  }
  return content as Settings;
}

/** What variables set, and the name of the variable by `section.name`. */
function readEnvironment(
  read: (name: string) => string | undefined,
  parseYaml: ParseYaml,
): {
  settings: Settings;
  names: ReadonlyMap<string, string>;
} {
  const settings: Settings = {};
  const names = new Map<string, string>();
  const set = (section: string, name: string, variable: string): void => {
    const value = read(variable);
    if (value === undefined || value === "") return;
    (settings[section] ??= {})[name] = isYamlText(section, name)
      ? yamlOrText(value, parseYaml)
      : value;
    names.set(`${section}.${name}`, variable);
  };
  for (const [variable, [section, name]] of Object.entries(OLDER_NAMES)) {
    set(section, name, variable);
  }
  for (const key of configKeys()) set(key.section, key.name, environmentName(key));
  return { settings, names };
}

/** Text that is no YAML stays as it is: what it should have been is said of it. */
function yamlOrText(text: string, parseYaml: ParseYaml): unknown {
  try {
    return parseYaml(text);
  } catch {
    return text;
  }
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.join(".");
  if (issue.code === "invalid_key") {
    return `${path}: ${issue.issues.map(({ message }) => message).join(", ")}`;
  }
  if (issue.code !== "unrecognized_keys") {
    // A message of our own says what was found.
    return issue.code === "custom" || issue.code === "invalid_format"
      ? `${path}: ${issue.message}`
      : `${path}: ${issue.message}${foundText(issue)}`;
  }
  return issue.keys.map((key) => {
    const known = keysAt(issue.path);
    const full = path === "" ? key : `${path}.${key}`;
    const near = nearestWord(key, known);
    const hint = near === null ? `known are ${known.join(", ")}` : `did you mean "${near}"?`;
    return `there is no key "${full}"; ${hint}`;
  }).join("; ");
}

/** What was found, and the value that was most likely meant. */
function foundText(issue: z.core.$ZodIssue): string {
  const found = issue.input === undefined ? "nothing" : JSON.stringify(issue.input);
  const near = issue.code === "invalid_value" && typeof issue.input === "string"
    ? nearestWord(issue.input, issue.values.map(String))
    : null;
  const hint = near === null ? "" : `; did you mean "${near}"?`;
  return `, found ${found.length > MAX_FOUND ? `${found.slice(0, MAX_FOUND)}…` : found}${hint}`;
}

/** The part of a JSON schema that names keys. */
interface KeyedSchema {
  readonly properties?: Readonly<Record<string, KeyedSchema>>;
  readonly items?: KeyedSchema;
}

/** Keys that may stand at a place of the configuration. */
function keysAt(path: readonly PropertyKey[]): string[] {
  let schema = z.toJSONSchema(configSchema, { io: "output" }) as KeyedSchema | undefined;
  for (const part of path) {
    schema = typeof part === "number" ? schema?.items : schema?.properties?.[String(part)];
  }
  return Object.keys(schema?.properties ?? {});
}
