/** Whether each holds, the factor it lowers a confidence by, and how it reads. */
export type Doubts = readonly (readonly [holds: boolean, factor: number, because: string])[];

/**
 * A confidence and why: a base, lowered by what speaks against it.
 *
 * @param base 0 to 1
 * @param doubts what may speak against it
 */
export function grade(
  base: number,
  doubts: Doubts,
): { confidence: number; because: string } {
  const held = doubts.filter(([holds]) => holds);
  const confidence = held.reduce((value, [, factor]) => value * factor, base);
  return {
    confidence: Math.round(Math.min(0.99, confidence) * 100) / 100,
    because: held.length === 0
      ? "nothing speaks against it"
      : held.map(([, , because]) => because).join("; "),
  };
}
