/**
 * Takes apart text that as a whole is not JSON: newline-separated objects, or an array or
 * concatenation of which one member is broken. Finds where objects begin and end by their braces,
 * outside of strings.
 *
 * @param text what a datagram held
 * @returns the text of each top-level object, in order; a last one without an end runs to the end
 */
export function splitObjects(text: string): string[] {
  const objects: string[] = [];
  let depth = 0;
  let start = -1;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === 0x5c) i++;
      else if (c === 0x22) inString = false;
    } else if (c === 0x22) {
      inString = depth > 0;
    } else if (c === 0x7b) {
      if (depth++ === 0) start = i;
    } else if (c === 0x7d && depth > 0) {
      if (--depth === 0) {
        objects.push(text.slice(start, i + 1));
        start = -1;
      }
    }
  }
  if (start >= 0) objects.push(text.slice(start));
  return objects;
}

/** Where a member of an array may begin: at a brace behind a comma, a bracket or another member. */
const MEMBER_START = /(?=\{)(?<=[,[}]\s*)/;

/**
 * Takes apart text of which one object swallowed those behind it: an end, or the end of a string,
 * is missing. Looks at no strings, since it cannot be known where they end.
 *
 * @param text begins with an object
 * @returns pieces that may each begin with an object, in order; together they are the text
 */
export function splitMembers(text: string): string[] {
  return text.split(MEMBER_START);
}
