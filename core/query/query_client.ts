import type { Logger } from "@logtape/logtape";
import type { Clock } from "../flow/clock.ts";
import { giveWayPermission } from "../give_way.ts";
import type { SourceMemory } from "./flow_source.ts";
import { QueryError } from "./query_error.ts";
import type { QueryReply } from "./query_host.ts";

const RESTART_MS = 1000;
/** Questions at work at a time: each may take its share of memory. */
const MAX_AT_WORK = 4;
/** Questions that wait for their turn; further ones are refused. */
const MAX_WAITING = 64;
/** A worker that has not answered by then hangs. */
const ANSWER_MS = 60_000;

/** What the client stands on. */
export interface QueryClientOptions {
  /** Entry module of the worker. */
  readonly workerUrl: URL;
  readonly clock: Clock;
  readonly log: Logger;
  /** What every worker is handed before anything else. */
  readonly setup?: unknown;
  /** Folder that the worker may read; null or left out for nothing. */
  readonly folder?: string | null;
}

/** A question that the query worker could not answer. */
export class QueryFailure extends Error {
  override readonly name = "QueryFailure";
}

/**
 * The main thread's end of the query worker: starts it when there is something to ask or to be
 * asked about, asks, and brings it back should it die. The rings outlive it, so the next one answers
 * from the same flows.
 */
export class QueryClient<Q extends object> {
  readonly #options: QueryClientOptions;
  readonly #sources: SourceMemory[] = [];
  readonly #pending = new Map<number, { resolve(answer: unknown): void; reject(e: Error): void }>();
  readonly #waiting: { id: number; question: string; ask: unknown }[] = [];
  /** Questions that the worker has, and what ends the wait for their answer. */
  readonly #atWork = new Map<number, () => void>();
  #worker: Worker | null = null;
  #nextId = 1;
  #state: "idle" | "running" | "restarting" | "closed" = "idle";
  #cancelRestart: () => void = () => {};

  constructor(options: QueryClientOptions) {
    this.#options = options;
  }

  /** Hands the memory of a collector to the worker. */
  attach(source: SourceMemory): void {
    this.#sources.push(source);
    if (this.#state === "idle") this.#start();
    else this.#worker?.postMessage({ type: "attach", source });
  }

  /**
   * Asks a question.
   *
   * @param question its name
   * @param ask what it takes
   * @param options `signal` gives the question up: its answer is not wanted any more
   * @throws {QueryError} when the question is wrong, {QueryFailure} when the worker cannot answer
   */
  ask<K extends keyof Q & string>(
    question: K,
    ask: Q[K] extends { ask: infer A } ? A : never,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<Q[K] extends { answer: infer R } ? R : never> {
    type Answer = Q[K] extends { answer: infer R } ? R : never;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    if (this.#state === "idle") this.#start();
    if (this.#worker === null) {
      reject(
        new QueryFailure(
          `cannot answer "${question}": ` +
            (this.#state === "closed"
              ? "flow-agent is stopping"
              : "the query worker is being restarted; ask again"),
        ),
      );
      return promise;
    }
    if (this.#waiting.length >= MAX_WAITING) {
      reject(
        new QueryFailure(`cannot answer "${question}": too many questions wait; ask again later`),
      );
      return promise;
    }
    const id = this.#nextId++;
    this.#pending.set(id, { resolve: (answer) => resolve(answer as Answer), reject });
    this.#waiting.push({ id, question, ask });
    this.#next();
    const giveUp = () => this.#giveUp(id);
    signal?.addEventListener("abort", giveUp, { once: true });
    if (signal?.aborted) giveUp();
    return promise.finally(() => signal?.removeEventListener("abort", giveUp));
  }

  /** Ends the worker; open questions fail. */
  close(): void {
    this.#state = "closed";
    this.#cancelRestart();
    this.#worker?.terminate();
    this.#worker = null;
    this.#failAll("flow-agent is stopping");
  }

  /** Nobody waits for an answer any more: one under way ends at its next block. */
  #giveUp(id: number): void {
    this.#pending.get(id)?.reject(new QueryFailure("the question was given up"));
    this.#pending.delete(id);
    const place = this.#waiting.findIndex((next) => next.id === id);
    if (place >= 0) this.#waiting.splice(place, 1);
    else if (this.#atWork.has(id)) this.#worker?.postMessage({ type: "cancel", id });
  }

  /** Hands the worker what waits, as far as it may. */
  #next(): void {
    while (this.#worker !== null && this.#atWork.size < MAX_AT_WORK && this.#waiting.length > 0) {
      const next = this.#waiting.shift()!;
      const cancel = this.#options.clock.after(
        ANSWER_MS,
        () => this.#replace(`it did not answer within ${ANSWER_MS / 1000} s`),
      );
      this.#atWork.set(next.id, cancel);
      this.#worker.postMessage({ type: "ask", ...next });
    }
  }

  #start(): void {
    this.#worker = this.#spawn();
    this.#state = "running";
  }

  #spawn(): Worker {
    const { workerUrl, folder = null } = this.#options;
    const worker = new Worker(workerUrl, {
      type: "module",
      name: "query",
      deno: { permissions: { ...folder !== null && { read: [folder] }, ...giveWayPermission() } },
    });
    worker.onmessage = ({ data }: MessageEvent<QueryReply>) => {
      const waiting = this.#pending.get(data.id);
      this.#pending.delete(data.id);
      this.#atWork.get(data.id)?.();
      this.#atWork.delete(data.id);
      this.#next();
      if ("answer" in data) waiting?.resolve(data.answer);
      else waiting?.reject(new (data.wrong ? QueryError : QueryFailure)(data.error));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      if (worker === this.#worker) this.#replace(event.message);
    };
    const { setup } = this.#options;
    if (setup !== undefined) worker.postMessage({ type: "setup", setup });
    for (const source of this.#sources) worker.postMessage({ type: "attach", source });
    return worker;
  }

  #replace(reason: string): void {
    this.#options.log.error("query worker died, restarting", { reason });
    this.#worker?.terminate();
    this.#worker = null;
    this.#failAll(`the query worker died (${reason}) and is being restarted; ask again`);
    this.#state = "restarting";
    this.#cancelRestart = this.#options.clock.after(RESTART_MS, () => this.#start());
  }

  #failAll(reason: string): void {
    for (const { reject } of this.#pending.values()) reject(new QueryFailure(reason));
    this.#pending.clear();
    this.#waiting.length = 0;
    for (const cancel of this.#atWork.values()) cancel();
    this.#atWork.clear();
  }
}
