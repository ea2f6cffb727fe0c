import { pathToFileURL } from "node:url";

/** The folder that relative paths start from, as a URL. */
export function workingFolder(): URL {
  return pathToFileURL(`${Deno.cwd()}/`);
}
