import type { Logger } from "@logtape/logtape";
import type { Clock } from "../flow/clock.ts";
import type { SourceMemory } from "./flow_source.ts";
import type { QueryReply } from "./query_host.ts";

const RESTART_MS = 1000;

/** A question that the query worker could not answer. */
export class QueryFailure extends Error {
  override readonly name = "QueryFailure";
}

/**
 * The main thread's end of the query worker: asks, and brings the worker back should it die. The
 * rings outlive it, so the next one answers from the same flows.
 */
export class QueryClient<Q extends object> {
  readonly #options: { workerUrl: URL; clock: Clock; log: Logger };
  readonly #sources: SourceMemory[] = [];
  readonly #pending = new Map<number, { resolve(answer: unknown): void; reject(e: Error): void }>();
  #worker: Worker | null;
  #nextId = 1;
  #closed = false;
  #cancelRestart: () => void = () => {};

  /** @param options `workerUrl` of the entry module, `clock` and `log` */
  constructor(options: { workerUrl: URL; clock: Clock; log: Logger }) {
    this.#options = options;
    this.#worker = this.#spawn();
  }

  /** Hands the memory of a collector to the worker. */
  attach(source: SourceMemory): void {
    this.#sources.push(source);
    this.#worker?.postMessage({ type: "attach", source });
  }

  /**
   * Asks a question.
   *
   * @param question its name
   * @param ask what it takes
   * @throws {QueryFailure} when the worker cannot answer
   */
  ask<K extends keyof Q & string>(
    question: K,
    ask: Q[K] extends { ask: infer A } ? A : never,
  ): Promise<Q[K] extends { answer: infer R } ? R : never> {
    type Answer = Q[K] extends { answer: infer R } ? R : never;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    if (this.#worker === null) {
      reject(
        new QueryFailure(
          `cannot answer "${question}": ` +
            (this.#closed
              ? "flow-agent is stopping"
              : "the query worker is being restarted; ask again"),
        ),
      );
      return promise;
    }
    const id = this.#nextId++;
    this.#pending.set(id, { resolve: (answer) => resolve(answer as Answer), reject });
    this.#worker.postMessage({ type: "ask", id, question, ask });
    return promise;
  }

  /** Ends the worker; open questions fail. */
  close(): void {
    this.#closed = true;
    this.#cancelRestart();
    this.#worker?.terminate();
    this.#worker = null;
    this.#failAll("flow-agent is stopping");
  }

  #spawn(): Worker {
    const worker = new Worker(this.#options.workerUrl, {
      type: "module",
      name: "query",
      deno: { permissions: "none" },
    });
    worker.onmessage = ({ data }: MessageEvent<QueryReply>) => {
      const waiting = this.#pending.get(data.id);
      this.#pending.delete(data.id);
      if ("answer" in data) waiting?.resolve(data.answer);
      else waiting?.reject(new QueryFailure(data.error));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      if (worker === this.#worker) this.#replace(event.message);
    };
    for (const source of this.#sources) worker.postMessage({ type: "attach", source });
    return worker;
  }

  #replace(reason: string): void {
    this.#options.log.error("query worker died, restarting", { reason });
    this.#worker?.terminate();
    this.#worker = null;
    this.#failAll(`the query worker died (${reason}) and is being restarted; ask again`);
    this.#cancelRestart = this.#options.clock.after(RESTART_MS, () => {
      this.#worker = this.#spawn();
    });
  }

  #failAll(reason: string): void {
    for (const { reject } of this.#pending.values()) reject(new QueryFailure(reason));
    this.#pending.clear();
  }
}
