import { fileURLToPath } from "node:url";
import type { Capability } from "./capability.ts";
import type { LoadedCapability } from "./collectors.ts";

/** The list of capabilities cannot be loaded; the message names the remedy. */
export class CapabilityError extends Error {
  override readonly name = "CapabilityError";
}

/** How the first Python implementation named its capabilities. */
const PYTHON_FORM = /^flow_agent_mcp\.capabilities\.(\w+)\.capability:build_capability$/;

/**
 * Finds the capabilities to offer.
 *
 * @param list the text of FLOW_CAPABILITIES: a JSON list of built-in names, of those names in the
 *   form of the first Python implementation, and of paths of modules that export `buildCapability`;
 *   undefined for all built-in ones
 * @param options the `builtIn` ones, and the `folder` (a file URL) that relative paths start from
 * @throws {CapabilityError} for a list that is none, an unknown name or a module that does not load
 */
export async function loadCapabilities(
  list: string | undefined,
  { builtIn, folder }: { builtIn: readonly Capability[]; folder: URL },
): Promise<LoadedCapability[]> {
  const entries = list === undefined || list === ""
    ? builtIn.map(({ name }) => name)
    : parseList(list);
  const loaded: LoadedCapability[] = [];
  for (const entry of entries) {
    const next = /[./\\]/.test(entry) && !PYTHON_FORM.test(entry)
      ? await loadModule(entry, folder)
      : findBuiltIn(entry, builtIn);
    if (loaded.some(({ capability }) => capability.name === next.capability.name)) {
      throw new CapabilityError(
        `FLOW_CAPABILITIES names "${next.capability.name}" twice; leave one out`,
      );
    }
    loaded.push(next);
  }
  return loaded;
}

function parseList(text: string): string[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    list = undefined;
  }
  if (Array.isArray(list) && list.every((entry) => typeof entry === "string")) return list;
  throw new CapabilityError(
    `FLOW_CAPABILITIES is not a JSON list of strings: ${text.slice(0, 80)}; ` +
      `write it as ["json_udp", "netflow_udp"]`,
  );
}

function findBuiltIn(entry: string, builtIn: readonly Capability[]): LoadedCapability {
  const name = PYTHON_FORM.exec(entry)?.[1] ?? entry;
  const capability = builtIn.find((candidate) => candidate.name === name);
  if (capability === undefined) {
    throw new CapabilityError(
      `FLOW_CAPABILITIES names "${entry}", which is not known; known are ` +
        `${builtIn.map((known) => known.name).join(", ")}, and paths of modules that export ` +
        `buildCapability`,
    );
  }
  return { capability, source: name, readable: [] };
}

async function loadModule(path: string, folder: URL): Promise<LoadedCapability> {
  const url = new URL(path, folder);
  if (url.protocol !== "file:") {
    throw new CapabilityError(
      `cannot load the capability ${path}: it is no file; give a path on this machine`,
    );
  }
  let built: unknown;
  try {
    const module = await import(url.href);
    built = await module.buildCapability();
  } catch (error) {
    const { name, message } = error as Error;
    const remedy = name === "NotCapable"
      ? "; start flow-agent with --allow-read of its folder"
      : "; the module has to export buildCapability()";
    throw new CapabilityError(`cannot load the capability ${path}: ${message}${remedy}`);
  }
  if (!isCapability(built)) {
    throw new CapabilityError(
      `cannot load the capability ${path}: buildCapability() returned ${describe(built)}, wanted ` +
        `an object with name, description, formats, defaultPort, recognises and buildCodec`,
    );
  }
  return {
    capability: built,
    source: url.href,
    readable: [fileURLToPath(new URL(".", url))],
  };
}

function isCapability(value: unknown): value is Capability {
  const candidate = value as Partial<Capability> | null | undefined;
  return typeof candidate?.name === "string" && typeof candidate.description === "string" &&
    Array.isArray(candidate.formats) && Number.isInteger(candidate.defaultPort) &&
    typeof candidate.recognises === "function" && typeof candidate.buildCodec === "function";
}

function describe(value: unknown): string {
  return typeof value === "object" && value !== null
    ? `an object with ${Object.keys(value).join(", ") || "nothing"}`
    : String(value);
}
