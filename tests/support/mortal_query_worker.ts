/// <reference lib="deno.worker" />
import type { FlowSource } from "../../core/query/flow_source.ts";
import { hostQuestions } from "../../core/query/query_host.ts";

/** What the worker of this file can be asked. */
export interface MortalQuestions {
  /** Rows of every collector it knows of, in the order attached. */
  rows: { ask: null; answer: number[] };
  echo: { ask: string; answer: string };
  fail: { ask: string; answer: never };
  /** Is never answered. */
  wait: { ask: null; answer: never };
  die: { ask: string; answer: never };
  /** Gives what no message can carry. */
  uncloneable: { ask: null; answer: () => void };
}

const sources: FlowSource[] = [];

hostQuestions<MortalQuestions>({
  rows: () => sources.map(({ ring }) => ring.committed),
  echo: (text) => text,
  fail: (reason) => Promise.reject(new RangeError(reason)),
  wait: () => new Promise<never>(() => {}),
  die: (reason) => {
    queueMicrotask(() => {
      throw new Error(reason);
    });
    return new Promise<never>(() => {});
  },
  uncloneable: () => () => {},
}, (source) => sources.push(source));
