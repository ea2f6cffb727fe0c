/// <reference lib="deno.worker" />
import { type FlowSource, openSource, type SourceMemory } from "./flow_source.ts";

/** A question by name, with what asking it takes and what it answers: all structured-cloneable. */
export type QuestionMap = Record<string, { ask: unknown; answer: unknown }>;

/** Answers each question of a map. */
export type Handlers<Q extends object> = {
  readonly [K in keyof Q]: Q[K] extends { ask: infer A; answer: infer R }
    ? (ask: A) => R | Promise<R>
    : never;
};

/** What main tells the query worker. */
export type QueryMessage =
  | { readonly type: "attach"; readonly source: SourceMemory }
  | { readonly type: "ask"; readonly id: number; readonly question: string; readonly ask: unknown };

/** What the query worker tells main. */
export type QueryReply =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: string };

/**
 * The life of the query worker: learns of collectors, answers questions. Questions overlap, since
 * each of them lets others run between blocks.
 *
 * @param handlers one for each question
 * @param onAttach hears of each collector that is new
 */
export function hostQuestions<Q extends object>(
  handlers: Handlers<Q>,
  onAttach: (source: FlowSource) => void,
): void {
  const byName = new Map(Object.entries(handlers)) as Map<string, (ask: unknown) => unknown>;
  self.onmessage = async ({ data }: MessageEvent<QueryMessage>) => {
    if (data.type === "attach") return onAttach(openSource(data.source));
    const { id, question, ask } = data;
    try {
      reply({ id, answer: await byName.get(question)!(ask) });
    } catch (error) {
      reply({ id, error: error instanceof Error ? error.message : String(error) });
    }
  };
}

function reply(message: QueryReply): void {
  self.postMessage(message);
}
