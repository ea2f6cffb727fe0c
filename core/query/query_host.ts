/// <reference lib="deno.worker" />
import { FilterError } from "./filter/filter_error.ts";
import { type FlowSource, openSource, type SourceMemory } from "./flow_source.ts";
import { QueryError } from "./query_error.ts";

/** A question by name, with what asking it takes and what it answers: all structured-cloneable. */
export type QuestionMap = Record<string, { ask: unknown; answer: unknown }>;

/** What a handler may look at while it works. */
export interface AskOptions {
  /** Whether nobody waits for the answer any more. */
  readonly cancelled: () => boolean;
}

/** Answers each question of a map. */
export type Handlers<Q extends object> = {
  readonly [K in keyof Q]: Q[K] extends { ask: infer A; answer: infer R }
    ? (ask: A, options: AskOptions) => R | Promise<R>
    : never;
};

/** What main tells the query worker. */
export type QueryMessage =
  | { readonly type: "setup"; readonly setup: unknown }
  | { readonly type: "attach"; readonly source: SourceMemory }
  | { readonly type: "ask"; readonly id: number; readonly question: string; readonly ask: unknown }
  | { readonly type: "cancel"; readonly id: number };

/** What the query worker tells main. */
export type QueryReply =
  | { readonly id: number; readonly answer: unknown }
  | {
    readonly id: number;
    readonly error: string;
    /** Whether the question is at fault: it cannot be answered as it was asked. */
    readonly wrong: boolean;
  };

/**
 * The life of the query worker: learns of collectors, answers questions. Questions overlap, since
 * each of them lets others run between blocks.
 *
 * @param handlers one for each question
 * @param onAttach hears of each collector that is new
 * @param onSetup is handed what main set the worker up with, before anything else
 */
export function hostQuestions<Q extends object>(
  handlers: Handlers<Q>,
  onAttach: (source: FlowSource) => void,
  onSetup: (setup: unknown) => void = () => {},
): void {
  const byName = new Map(Object.entries(handlers)) as Map<
    string,
    (ask: unknown, options: AskOptions) => unknown
  >;
  const atWork = new Set<number>();
  self.onmessage = async ({ data }: MessageEvent<QueryMessage>) => {
    if (data.type === "setup") return onSetup(data.setup);
    if (data.type === "attach") return onAttach(openSource(data.source));
    if (data.type === "cancel") return void atWork.delete(data.id);
    const { id, question, ask } = data;
    atWork.add(id);
    try {
      const options = { cancelled: () => !atWork.has(id) };
      reply({ id, answer: await byName.get(question)!(ask, options) });
    } catch (error) {
      reply({
        id,
        error: error instanceof Error ? error.message : String(error),
        wrong: error instanceof FilterError || error instanceof QueryError,
      });
    }
    atWork.delete(id);
  };
}

function reply(message: QueryReply): void {
  self.postMessage(message);
}
