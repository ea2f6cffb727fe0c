import type { ParseYaml } from "./load_config.ts";

/** What reads YAML, loaded where it is needed: most starts of the program need none. */
export async function yamlParser(): Promise<ParseYaml> {
  const { parse } = await import("yaml");
  return (text) => parse(text);
}
