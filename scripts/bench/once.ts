/**
 * Runs every benchmark that stands beside its source once, so that they keep working: `deno task
 * bench:once` takes a minute, where `deno task bench` measures for many. With the path of a file it
 * runs those of that file, which it does for each in a process of its own.
 */
import { pathToFileURL } from "node:url";
import { ROOT } from "../../tests/support/program.ts";

const FILE = /_bench\.ts$/;

/** What a file registered. */
interface Registered {
  readonly name: string;
  readonly ignore?: boolean;
  readonly fn: (context: Deno.BenchContext) => unknown;
}

const [path] = Deno.args;
Deno.exitCode = path === undefined ? await runAll() : await runFile(path);

async function runAll(): Promise<number> {
  const files = ["capabilities", "core"].flatMap((folder) => filesIn(`${ROOT}${folder}`)).sort();
  const waiting = [...files];
  let failed = 0;
  // Nothing is measured, so they may run side by side.
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, async () => {
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      if (!await runApart(file)) failed++;
    }
  }));
  console.log(`${files.length - failed} files of benchmarks work, ${failed} do not`);
  return failed === 0 && files.length > 0 ? 0 : 1;
}

/** Runs a file's benchmarks in a process of their own: some fill a gigabyte. */
async function runApart(file: string): Promise<boolean> {
  const began = performance.now();
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--frozen", "--no-prompt", "--allow-read", "--allow-env", import.meta.url, file],
    cwd: ROOT,
  }).output();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${success ? "ok" : "FAILED"} ${file.slice(ROOT.length)} (${seconds} s)`);
  if (!success) console.log(new TextDecoder().decode(stderr));
  return success;
}

async function runFile(file: string): Promise<number> {
  const registered: Registered[] = [];
  Deno.bench = ((...args: unknown[]) => registered.push(registration(args))) as typeof Deno.bench;
  await import(pathToFileURL(file).href);
  for (const { name, ignore = false, fn } of registered) {
    if (ignore) continue;
    await fn({ name, origin: file, start: () => {}, end: () => {} });
  }
  // A file that registers nothing measures nothing.
  return registered.length > 0 ? 0 : 1;
}

/** The forms of `Deno.bench` that this repository uses: a name and a function, or an object. */
function registration([first, second]: readonly unknown[]): Registered {
  if (typeof first === "string") return { name: first, fn: second as Registered["fn"] };
  return first as Registered;
}

function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(`${folder}/${name}`) : FILE.test(name) ? [`${folder}/${name}`] : []
  );
}
