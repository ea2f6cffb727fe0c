/** A message of the server, as far as it is read here. */
interface RpcAnswer<T> {
  readonly id?: number;
  readonly result?: T;
  readonly error?: { readonly message: string };
}

/** What calling a tool came to. */
interface ToolResult<T> {
  readonly isError?: boolean;
  readonly content: readonly { readonly text: string }[];
  readonly structuredContent: T;
}

/** A client of the program on its standard input and output, with as little of its own as can be. */
export class StdioClient implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;
  #rest = "";
  #id = 0;

  /**
   * Starts the program with the runtime that runs this.
   *
   * @param args of Deno
   * @param options `cwd` and `env` of the program, and the program that runs it, with its arguments
   */
  constructor(
    args: readonly string[],
    { cwd, env, under = [] }: {
      cwd: string;
      env: Record<string, string>;
      under?: readonly string[];
    },
  ) {
    const [file, ...rest] = [...under, Deno.execPath(), ...args];
    const options = { cwd, env, stdin: "piped", stdout: "piped", stderr: "null" } as const;
    this.#child = new Deno.Command(file, { args: rest, ...options }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Sends a request and waits for its answer, which is what the caller says. */
  async ask<T>(method: string, params: Record<string, unknown> = {}): Promise<T> {
    const id = ++this.#id;
    await this.#say({ jsonrpc: "2.0", id, method, params });
    while (true) {
      const answer: RpcAnswer<T> = JSON.parse(await this.line());
      if (answer.id !== id) continue;
      if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
      return answer.result!;
    }
  }

  /** Greets the server as an MCP client does. */
  async initialize(): Promise<void> {
    await this.ask("initialize", {
      protocolVersion: "2025-06-18",
      capabilities: {},
      clientInfo: { name: "bench", version: "1" },
    });
    await this.#say({ jsonrpc: "2.0", method: "notifications/initialized" });
  }

  /** What a tool returns, of which the caller says what it reads; an error of its own becomes one. */
  async tool<T>(name: string, args: Record<string, unknown> = {}): Promise<T> {
    const { isError, content, structuredContent } = await this.ask<ToolResult<T>>("tools/call", {
      name,
      arguments: args,
    });
    if (isError) throw new Error(`${name}: ${content[0].text}`);
    return structuredContent;
  }

  /** The next line that the program writes. */
  async line(): Promise<string> {
    while (!this.#rest.includes("\n")) {
      const { value, done } = await this.#lines.read();
      if (done) throw new Error("the program ended");
      this.#rest += value;
    }
    const end = this.#rest.indexOf("\n");
    const line = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(end + 1);
    return line;
  }

  async #say(message: Record<string, unknown>): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${JSON.stringify(message)}\n`));
  }

  /** Ends the program: by the end of its input, and by force where that does not end it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => {});
    const force = setTimeout(() => this.#child.kill("SIGKILL"), 10_000);
    while (!(await this.#lines.read()).done);
    await this.#child.status;
    clearTimeout(force);
  }
}
