import assert from "node:assert/strict";
import type { OpenOffice } from "./open_office.ts";
import type { Result } from "./question_house.ts";

/** A question about the office's traffic, the call that answers it, and what the answer has to be. */
export interface Question {
  readonly question: string;
  readonly tool: string;
  readonly args?: (office: OpenOffice) => Record<string, unknown>;
  readonly check: (answer: Result, office: OpenOffice) => void | Promise<void>;
}

/**
 * Asks each question in a step of its own. Nothing was lost on the way, and where an answer leads on
 * to a query, that query can be called.
 */
export async function askAll(
  t: Deno.TestContext,
  open: OpenOffice,
  questions: readonly Question[],
): Promise<void> {
  for (const { question, tool, args = () => ({}), check } of questions) {
    await t.step(question, async () => {
      const answer = await open.house.ask(tool, args(open));
      assert.deepEqual([answer.trust.rows_missed, answer.trust.loss], [0, []]);
      if ("headline" in answer) await hasContract(answer, open);
      await check(answer, open);
    });
  }
}

/** An analysis answers in one shape. */
async function hasContract(answer: Result, { house }: OpenOffice): Promise<void> {
  assert.equal(typeof answer.headline, "string");
  assert.ok(Array.isArray(answer.items));
  assert.equal(typeof answer.omitted, "number");
  assert.equal(typeof answer.trust.complete, "boolean");
  const { tool, arguments: args } = answer.query;
  await house.ask(tool, args);
}

/** The values of an item that are named, and no others, are as wanted; numbers to a millionth. */
export function has(item: Result, wanted: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(wanted)) {
    if (typeof value === "number") close(item[name], value, name);
    else assert.deepEqual(item[name], value, name);
  }
}

/** The only item with these values. */
export function only(items: readonly Result[], values: Record<string, unknown>): Result {
  const found = items.filter((item) =>
    Object.entries(values).every(([name, value]) => item[name] === value)
  );
  assert.equal(found.length, 1, `${JSON.stringify(values)} in ${JSON.stringify(items)}`);
  return found[0];
}

/** Sums of parts differ in the last digits. */
export function close(found: number, expected: number, what: string): void {
  const off = Math.abs(found - expected);
  assert.ok(off <= 1e-6 * Math.max(1, Math.abs(expected)), `${what}: ${found}, not ${expected}`);
}
