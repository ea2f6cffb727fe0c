import { fileURLToPath } from "node:url";
import { until, within } from "./until.ts";

/** Folder of the repository. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const MAIN = "main.ts";

/** How a test runs the program. */
export interface ProgramOptions {
  /** Task of deno.json whose permissions it runs with. */
  readonly task?: string;
  /** Environment variables beside those that the runtime itself needs. */
  readonly env?: Readonly<Record<string, string>>;
  /** Files and folders it may read beside those of the task. */
  readonly read?: readonly string[];
  /** Folders it may write. */
  readonly write?: readonly string[];
}

/**
 * The words of a task in deno.json behind `deno`: tests run the program as users do, with the very
 * permissions they give it.
 *
 * @param task such as "serve"
 */
export function taskWords(task: string): string[] {
  const { tasks } = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`));
  const [deno, ...words] = shellWords(tasks[task]);
  if (deno !== "deno" || !words.includes(MAIN)) {
    throw new Error(`deno.json: the task "${task}" does not run ${MAIN}`);
  }
  return words;
}

/** Splits as the shell of `deno task` does, as far as deno.json needs it: quotes, and $HOME. */
function shellWords(line: string): string[] {
  return (line.match(/(?:"[^"]*"|[^\s"])+/g) ?? [])
    .map((word) => word.replaceAll('"', "").replaceAll("$HOME", Deno.env.get("HOME") ?? ""));
}

/**
 * The arguments of Deno that run the program.
 *
 * @param args command line of flow-agent
 * @param options whose permissions, and what more it may read
 */
export function programArgs(
  args: readonly string[],
  { task = "serve", read = [], write = [] }: ProgramOptions = {},
): string[] {
  const words = taskWords(task);
  return [
    ...words.slice(0, words.indexOf(MAIN)).filter((word) => word !== "--watch"),
    ...read.map((path) => `--allow-read=${path}`),
    ...write.map((path) => `--allow-write=${path}`),
    MAIN,
    ...args,
  ];
}

/** The environment of this process without what configures flow-agent. */
export function plainEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Deno.env.toObject())
      .filter(([name]) => !/^(FLOW_|ES_)|^POLL_SECONDS$/.test(name))
      // What a test run keeps is no business of whoever runs it.
      .concat([["NO_COLOR", "1"], ["FLOW_STATE_FOLDER", ":memory:"]]),
  );
}

/** A running program; leaving the scope of `await using` ends it, whatever the test came to. */
export class Program implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #read: Promise<unknown>;
  readonly #stdout: string[] = [];
  readonly #stderr: string[] = [];
  #ended = false;

  /**
   * @param file to execute
   * @param args its arguments
   * @param env its whole environment
   */
  constructor(file: string, args: readonly string[], env: Record<string, string>) {
    this.#child = new Deno.Command(file, {
      args: [...args],
      cwd: ROOT,
      env,
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#child.status.then(() => this.#ended = true);
    this.#read = Promise.all([
      readLines(this.#child.stdout, this.#stdout),
      readLines(this.#child.stderr, this.#stderr),
    ]);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Lines of standard output so far. */
  get stdout(): readonly string[] {
    return this.#stdout;
  }

  /** Lines of standard error so far. */
  get stderr(): readonly string[] {
    return this.#stderr;
  }

  get running(): boolean {
    return !this.#ended;
  }

  /** Writes to standard input. */
  async write(text: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(text));
  }

  /** Ends standard input. */
  async endInput(): Promise<void> {
    await this.#input.close().catch(() => {});
  }

  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /**
   * Waits for its end, and for all that it wrote.
   *
   * @param deadlineMs after which the test fails
   * @returns exit status
   */
  async ended(deadlineMs?: number): Promise<number> {
    const { code, signal } = await within("the program's end", this.#child.status, deadlineMs);
    await within("the end of its output", this.#read, deadlineMs);
    if (signal !== null) throw new Error(`the program died of ${signal}`);
    return code;
  }

  /**
   * Waits for a line of standard error.
   *
   * @param pattern that it matches
   * @returns what matched
   */
  errorLine(pattern: RegExp): Promise<RegExpExecArray> {
    return until(`a line ${pattern} on standard error`, () => {
      for (const line of this.#stderr) {
        const match = pattern.exec(line);
        if (match !== null) return match;
      }
      if (this.#ended) throw new Error(`the program ended; it said: ${this.#stderr.join("\n")}`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endInput();
    if (!this.#ended) this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.#read;
  }
}

/**
 * Starts flow-agent as a process of its own.
 *
 * @param args its command line
 * @param options permissions and environment
 */
export function startProgram(args: readonly string[], options: ProgramOptions = {}): Program {
  const env = { ...plainEnvironment(), ...options.env };
  return new Program(Deno.execPath(), programArgs(args, options), env);
}

/** What a program that has ended left behind. */
export interface Outcome {
  readonly status: number;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

/**
 * Runs flow-agent to its end, without standard input.
 *
 * @param args its command line
 * @param options permissions, environment, and the `deadlineMs`
 */
export async function runProgram(
  args: readonly string[],
  { deadlineMs, ...options }: ProgramOptions & { deadlineMs?: number } = {},
): Promise<Outcome> {
  await using program = startProgram(args, options);
  await program.endInput();
  const status = await program.ended(deadlineMs);
  return { status, stdout: program.stdout, stderr: program.stderr };
}

async function readLines(from: ReadableStream<Uint8Array>, to: string[]): Promise<void> {
  let rest = "";
  for await (const piece of from.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop()!;
    to.push(...lines);
  }
  if (rest !== "") to.push(rest);
}
