import { parseEnv } from "node:util";
import {
  type Config,
  configKeys,
  environmentName,
  isYamlText,
  LOG_LEVELS,
} from "../config/schema.ts";
import { type ConfigSources, loadConfig, type Settings } from "../config/load_config.ts";
import { yamlParser } from "../config/yaml_parser.ts";
import { type CommandArgs, CommandFailure, type Option } from "./command.ts";

/** Options of every command that has a configuration. */
export const SETTINGS_OPTIONS: Readonly<Record<string, Option>> = {
  config: { type: "string", value: "FILE", description: "YAML file with the configuration" },
  "env-file": {
    type: "string",
    value: "FILE",
    description: "file of environment variables; those already set come first",
  },
  "log-level": { type: "string", value: "LEVEL", description: LOG_LEVELS.join(", ") },
};

/** Of the commands that collect. */
export const STATE_OPTIONS: Readonly<Record<string, Option>> = {
  db: {
    type: "string",
    value: "FOLDER",
    description: "where to keep flows, templates and names over a restart, or :memory: for nowhere",
  },
};

/** The configuration, and what of the environment is none. */
export interface LoadedSettings {
  readonly config: Config;
  /** Text of FLOW_CAPABILITIES. */
  readonly capabilities: string | undefined;
}

/**
 * Loads the configuration for a command.
 *
 * @param args the SETTINGS_OPTIONS, and maybe the STATE_OPTIONS, among others
 * @param flags what the command's own options say
 * @throws {ConfigError} or {CommandFailure} with the remedy
 */
export async function loadSettings(
  args: CommandArgs,
  flags: Settings = {},
): Promise<LoadedSettings> {
  const sources = await settingsSources(args, flags);
  return {
    config: loadConfig(sources),
    capabilities: sources.environment("FLOW_CAPABILITIES"),
  };
}

/**
 * Where a command's configuration comes from.
 *
 * @param args as for `loadSettings`
 * @param flags what the command's own options say
 * @throws {CommandFailure} when a file cannot be read
 */
export async function settingsSources(
  args: CommandArgs,
  flags: Settings = {},
): Promise<ConfigSources> {
  const level = args.oneOf("log-level", LOG_LEVELS);
  const environment = readEnvironment(args.text("env-file"));
  const file = args.text("config");
  const folder = args.text("db");
  return {
    file: file === undefined ? undefined : { name: file, text: readText(file) },
    environment,
    parseYaml: file !== undefined || holdsYaml(environment) ? await yamlParser() : undefined,
    flags: {
      ...flags,
      ...level === undefined ? {} : { log: { level } },
      ...folder === undefined ? {} : { state: { folder } },
    },
  };
}

function readEnvironment(file: string | undefined): (name: string) => string | undefined {
  const extra = file === undefined ? {} : parseEnv(readText(file));
  return (name) => Deno.env.get(name) ?? extra[name];
}

function holdsYaml(environment: ConfigSources["environment"]): boolean {
  return configKeys().some((key) =>
    isYamlText(key.section, key.name) && environment(environmentName(key)) !== undefined
  );
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    const { name, message } = error as Error;
    const remedy = name === "NotCapable" ? `start flow-agent with --allow-read=${path}` : message;
    throw new CommandFailure(`cannot read ${path}: ${remedy}`);
  }
}
