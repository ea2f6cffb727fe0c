import assert from "node:assert/strict";
import { Program, type ProgramOptions, startProgram } from "./program.ts";
import { until } from "./until.ts";

/** Any JSON object. */
// deno-lint-ignore no-explicit-any -- what a server says is checked by what tests assert about it.
export type Json = Record<string, any>;

/** What a tool answered. */
export interface ToolAnswer {
  readonly isError: boolean;
  readonly text: string;
  readonly result: Json;
}

/** A failure that the server answered a request with. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: number;

  constructor({ code, message }: { code: number; message: string }) {
    super(message);
    this.code = code;
  }
}

/**
 * An MCP client over standard input and output with nothing of an SDK in it: JSON-RPC 2.0, one
 * message a line, as the specification has it.
 */
export class RawMcp implements AsyncDisposable {
  readonly program: Program;
  /** What the server answered to `initialize`. */
  initialized: Json = {};
  #lastId = 0;

  /** @param program that serves MCP on its standard input and output */
  constructor(program: Program) {
    this.program = program;
  }

  /**
   * Starts `serve` and shakes hands with it.
   *
   * @param args of `serve`
   * @param options permissions and environment
   */
  static async serve(args: readonly string[] = [], options: ProgramOptions = {}): Promise<RawMcp> {
    return await RawMcp.open(startProgram(["serve", ...args], options));
  }

  /** Shakes hands with a program that was started. */
  static async open(program: Program): Promise<RawMcp> {
    const client = new RawMcp(program);
    try {
      client.initialized = await client.request("initialize", {
        protocolVersion: "2025-06-18",
        capabilities: {},
        clientInfo: { name: "raw", version: "1" },
      });
      await client.notify("notifications/initialized");
      // The greeting comes before collectors listen and state is opened, any other answer after.
      await client.request("ping");
    } catch (error) {
      await program[Symbol.asyncDispose]();
      throw error;
    }
    return client;
  }

  /**
   * Sends a request.
   *
   * @returns its result
   * @throws {RpcError} when the answer is an error
   */
  async request(method: string, params: Json = {}): Promise<Json> {
    const id = ++this.#lastId;
    await this.#send({ jsonrpc: "2.0", id, method, params });
    const answer = await until(`the answer to ${method}`, () => {
      const found = this.messages().find((message) => message.id === id);
      if (found === undefined && !this.program.running) {
        throw new Error(`the server ended; it said: ${this.program.stderr.join("\n")}`);
      }
      return found;
    });
    if (answer.error !== undefined) throw new RpcError(answer.error);
    return answer.result;
  }

  /** Sends a notification. */
  async notify(method: string, params: Json = {}): Promise<void> {
    await this.#send({ jsonrpc: "2.0", method, params });
  }

  /** Calls a tool, whatever it answers. */
  async tryTool(name: string, args: Json = {}): Promise<ToolAnswer> {
    const answer = await this.request("tools/call", { name, arguments: args });
    return {
      isError: answer.isError === true,
      text: answer.content[0].text,
      result: answer.structuredContent,
    };
  }

  /** Calls a tool that is to succeed. */
  async tool(name: string, args: Json = {}): Promise<Json> {
    const { isError, text, result } = await this.tryTool(name, args);
    assert.equal(isError, false, `${name}: ${text}`);
    return result;
  }

  /** Starts a collector on loopback, on a port that the system chooses. */
  async collect(capability: string, host = "127.0.0.1"): Promise<number> {
    const started = await this.tool("start_collection", { capability, host, port: 0 });
    assert.equal(started.status, "started");
    return started.port;
  }

  /** The status of one capability once its collectors have taken in so many datagrams. */
  async statusAfter(capability: string, datagrams: number): Promise<Json> {
    return await until(`${datagrams} datagrams for ${capability}`, async () => {
      const { capabilities: [status] } = await this.tool("capability_status", { capability });
      return status.counters.datagrams >= datagrams ? status : undefined;
    });
  }

  /** Every line of standard output, which must hold JSON-RPC and nothing else. */
  messages(): Json[] {
    return this.program.stdout.map((line) => {
      const message = JSON.parse(line);
      assert.equal(message.jsonrpc, "2.0", `on standard output: ${line}`);
      return message;
    });
  }

  /** Every line of standard error, which must be log lines in JSON. */
  logLines(): Json[] {
    return this.program.stderr.map((line) => {
      const entry = JSON.parse(line);
      assert.equal(typeof entry.level, "string", `on standard error: ${line}`);
      assert.equal(typeof entry.message, "string", `on standard error: ${line}`);
      return entry;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
  }

  async #send(message: Json): Promise<void> {
    await this.program.write(`${JSON.stringify(message)}\n`);
  }
}
