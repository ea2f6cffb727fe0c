import { type Config, configKeys } from "../config/schema.ts";
import { explainConfig, type Origin } from "../config/load_config.ts";
import { NameDirectory } from "../names/name_directory.ts";
import { type Command, UsageError } from "./command.ts";
import { loadNames } from "./load_names.ts";
import { maskSecret } from "./mask_secret.ts";
import { SETTINGS_OPTIONS, settingsSources, STATE_OPTIONS } from "./settings.ts";

export const config: Command = {
  name: "config",
  summary: "checks the configuration, or prints it with where each value comes from",
  options: {
    check: {
      type: "boolean",
      description: "says whether the configuration can be used, files that it names included",
    },
    dump: {
      type: "boolean",
      description: "prints the effective configuration as YAML, secrets masked",
    },
    ...STATE_OPTIONS,
    ...SETTINGS_OPTIONS,
  },
  async run(args) {
    if (args.flag("check") === args.flag("dump")) {
      throw new UsageError("give --check or --dump: one of them");
    }
    const { config, originOf } = explainConfig(await settingsSources(args));
    if (args.flag("dump")) {
      console.log(dumpConfig(config, originOf));
    } else {
      new NameDirectory(loadNames(config));
      console.log("the configuration can be used");
    }
    return 0;
  },
};

/**
 * The configuration as YAML that can be read back, with a comment behind each value.
 *
 * @param config the effective configuration
 * @param originOf where a value comes from
 */
export function dumpConfig(
  config: Config,
  originOf: (section: string, name: string) => Origin,
): string {
  const lines: string[] = [];
  let last = "";
  for (const { section, name } of configKeys()) {
    if (section !== last) lines.push(`${section}:`);
    last = section;
    const value = (config as unknown as Record<string, Record<string, unknown>>)[section][name];
    // JSON is YAML, and stays on its line.
    lines.push(
      `  ${name}: ${JSON.stringify(maskSecret(name, value))} # ${originOf(section, name)}`,
    );
  }
  return lines.join("\n");
}
