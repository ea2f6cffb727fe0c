/**
 * A number of things in words: "1 alert", "2 alerts", "1 capability", "0 capabilities", "2 days".
 *
 * @param count how many
 * @param noun singular
 */
export function countOf(count: number, noun: string): string {
  if (count === 1) return `1 ${noun}`;
  return `${count} ${noun.replace(/(?<![aeou])y$/, "ie")}s`;
}
