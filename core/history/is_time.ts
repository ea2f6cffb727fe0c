/**
 * Whether what is due at a time, and again and again, is due: also where the clock was set back.
 *
 * @param now Unix milliseconds
 * @param atMs when it is due next
 * @param everyMs how long after it was done that was
 */
export function isTime(now: number, atMs: number, everyMs: number): boolean {
  return now >= atMs || now < atMs - everyMs;
}
