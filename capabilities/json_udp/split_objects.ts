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
