import { parse as parseYaml } from "yaml";
import type { z } from "zod";
import { nearestWord } from "../nearest_word.ts";
import { type Config, configKeys, configSchema, environmentName } from "./schema.ts";

/** A configuration that cannot be used; the message names every fault and its remedy. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Settings by section and name, as one source gives them. */
export type Settings = Record<string, Record<string, unknown>>;

/** Names that an earlier implementation of the agent read, and the key that they set. */
const OLDER_NAMES: Readonly<Record<string, readonly [string, string]>> = {
  FLOW_CAPABILITY_NAME: ["agent", "capability"],
  POLL_SECONDS: ["agent", "poll_seconds"],
};

/** Where settings come from, the weakest first. */
export interface ConfigSources {
  /** Text of a YAML or JSON file, and its name for messages. */
  readonly file?: { readonly name: string; readonly text: string };
  /** Reads an environment variable. */
  readonly environment: (name: string) => string | undefined;
  /** What the command line says. */
  readonly flags?: Settings;
}

/**
 * Works out the effective configuration: defaults < file < environment < flags.
 *
 * @throws {ConfigError} for unknown keys, with the nearest known one, and for values out of range
 */
export function loadConfig({ file, environment, flags = {} }: ConfigSources): Config {
  const layers = [
    file === undefined ? {} : readFile(file),
    readEnvironment(environment),
    flags,
  ];
  const merged: Settings = {};
  for (const layer of layers) {
    for (const [section, values] of Object.entries(layer)) {
      merged[section] = { ...merged[section], ...values };
    }
  }
  const result = configSchema.safeParse(merged);
  if (result.success) return result.data;
  throw new ConfigError(
    `the configuration cannot be used: ${result.error.issues.map(describeIssue).join("; ")}`,
  );
}

function readFile({ name, text }: { name: string; text: string }): Settings {
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

function readEnvironment(read: (name: string) => string | undefined): Settings {
  const settings: Settings = {};
  const set = (section: string, name: string, value: string | undefined): void => {
    if (value !== undefined && value !== "") (settings[section] ??= {})[name] = value;
  };
  for (const [variable, [section, name]] of Object.entries(OLDER_NAMES)) {
    set(section, name, read(variable));
  }
  for (const key of configKeys()) set(key.section, key.name, read(environmentName(key)));
  return settings;
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.join(".");
  if (issue.code === "invalid_key") {
    return `${path}: ${issue.issues.map(({ message }) => message).join(", ")}`;
  }
  if (issue.code !== "unrecognized_keys") return `${path}: ${issue.message}`;
  return issue.keys.map((key) => {
    const known = path === ""
      ? Object.keys(configSchema.shape)
      : configKeys().filter(({ section }) => section === path).map(({ name }) => name);
    const full = path === "" ? key : `${path}.${key}`;
    const near = nearestWord(key, known);
    const hint = near === null ? `known are ${known.join(", ")}` : `did you mean "${near}"?`;
    return `there is no key "${full}"; ${hint}`;
  }).join("; ");
}
