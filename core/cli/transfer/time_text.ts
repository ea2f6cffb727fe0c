/**
 * Makes what writes moments as ISO 8601 UTC with milliseconds; rows that follow each other often
 * share theirs.
 *
 * @returns takes whole Unix milliseconds that a calendar holds
 */
export function timeText(): (ms: number) => string {
  let last = NaN;
  let text = "";
  return (ms) => {
    if (ms !== last) {
      last = ms;
      text = new Date(ms).toISOString();
    }
    return text;
  };
}
