/**
 * A confidence and why: a base, lowered by what speaks against it.
 *
 * @param base 0 to 1
 * @param doubts whether each holds, the factor it lowers by, and how it reads
 */
export function grade(
  base: number,
  doubts: readonly (readonly [holds: boolean, factor: number, because: string])[],
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
