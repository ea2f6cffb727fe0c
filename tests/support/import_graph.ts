import { ROOT } from "./program.ts";

/** What one module imports, types included: files by their path in the repository, packages by name. */
export interface Imports {
  readonly files: ReadonlySet<string>;
  readonly packages: ReadonlySet<string>;
  /** What is loaded with it: neither types alone, nor what `import()` loads when it is called. */
  readonly loaded: ReadonlySet<string>;
  /** As written in the source, or as the import map says. */
  readonly specifiers: ReadonlySet<string>;
}

/** The modules of the program and what each imports. */
export type ImportGraph = ReadonlyMap<string, Imports>;

interface ModuleInfo {
  readonly specifier: string;
  readonly error?: string;
  readonly dependencies?: readonly {
    readonly specifier: string;
    readonly isDynamic?: boolean;
    readonly code?: { readonly specifier?: string; readonly error?: string };
    readonly type?: { readonly specifier?: string; readonly error?: string };
  }[];
}

/**
 * Asks the runtime what is imported from some entries on.
 *
 * @param entries paths in the repository
 */
export async function importGraph(entries: readonly string[]): Promise<ImportGraph> {
  const graph = new Map<string, Imports>();
  for (const entry of entries) {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", entry],
      cwd: ROOT,
    }).output();
    if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
    const { modules } = JSON.parse(new TextDecoder().decode(stdout));
    for (const module of modules as ModuleInfo[]) {
      if (module.error !== undefined) throw new Error(`${module.specifier}: ${module.error}`);
      const path = repositoryPath(module.specifier);
      if (path !== null) graph.set(path, importsOf(module));
    }
  }
  return graph;
}

function importsOf({ dependencies = [] }: ModuleInfo): Imports {
  const files = new Set<string>();
  const packages = new Set<string>();
  const specifiers = new Set<string>();
  const loaded = new Set<string>();
  for (const { specifier, code, type, isDynamic = false } of dependencies) {
    specifiers.add(specifier);
    if (code?.specifier !== undefined && !isDynamic) {
      loaded.add(repositoryPath(code.specifier) ?? packageName(code.specifier));
    }
    for (const { specifier: to } of [code ?? {}, type ?? {}]) {
      if (to === undefined) continue;
      specifiers.add(to);
      const path = repositoryPath(to);
      if (path === null) packages.add(packageName(to));
      else files.add(path);
    }
  }
  return { files, packages, loaded, specifiers };
}

/** `npm:@scope/name@1.2.3/path` as `@scope/name`; other specifiers as they are. */
function packageName(specifier: string): string {
  return /^npm:\/?((?:@[^/]+\/)?[^@/]+)/.exec(specifier)?.[1] ?? specifier;
}

function repositoryPath(specifier: string): string | null {
  const root = new URL("../../", import.meta.url).href;
  return specifier.startsWith(root) ? specifier.slice(root.length) : null;
}

/**
 * A way round from a node to itself, if there is one.
 *
 * @param edges of the graph
 * @returns the nodes on the way, the first one again at the end
 */
export function findCycle(
  edges: ReadonlyMap<string, ReadonlySet<string>>,
): readonly string[] | null {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (node: string): readonly string[] | null => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return null;
    path.push(node);
    for (const next of edges.get(node) ?? []) {
      const cycle = visit(next);
      if (cycle !== null) return cycle;
    }
    path.pop();
    done.add(node);
    return null;
  };
  for (const node of edges.keys()) {
    const cycle = visit(node);
    if (cycle !== null) return cycle;
  }
  return null;
}
