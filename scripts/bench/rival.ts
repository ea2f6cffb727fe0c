/** The questions, each of which every engine is asked about the same flows. */
export const QUESTIONS = {
  sources: "top-10 sources by bytes",
  tuples: "top-10 5-tuples by bytes",
  filtered: "filter (port 443, > 10 kB) and group by destination",
  series: "bytes by 5 minutes of arrival",
  p95: "p95 of bytes by 5-tuple, top 10",
  ports: "distinct destination ports by source, top 10",
} as const;

/** What flow-agent is to take on one core, warm, for a million flows: milliseconds. */
export const GOALS_MS: Readonly<Partial<Record<QuestionName, number>>> = {
  sources: 12,
  tuples: 18,
  filtered: 5,
  series: 8,
  p95: 35,
};

/** Name of a question. */
export type QuestionName = keyof typeof QUESTIONS;

/** The measures of the first ten groups, the largest first: what engines have to agree on. */
export type Measures = readonly number[];

/** An engine that holds the flows. */
export interface Rival {
  readonly name: string;
  readonly version: string;
  /** What it answers; a question that is not here, it cannot. */
  readonly ask: Partial<Record<QuestionName, () => Measures | Promise<Measures>>>;
  close(): void;
}
