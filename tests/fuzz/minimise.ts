/**
 * Leaves out of a sequence what its last item fails without: halves first, then ever smaller parts
 * (delta debugging). The result is small, not always the smallest.
 *
 * @param items a sequence that fails
 * @param fails whether a part of it, in order, fails the same way
 * @param options `tries`: most sequences to ask about
 */
export async function minimise<T>(
  items: readonly T[],
  fails: (some: readonly T[]) => boolean | Promise<boolean>,
  { tries }: { tries: number },
): Promise<readonly T[]> {
  let rest = items;
  let left = tries;
  for (let part = Math.ceil(rest.length / 2); part > 0 && left > 0; part = Math.floor(part / 2)) {
    for (let to = rest.length; to > 0 && left > 0; to -= part) {
      const some = [...rest.slice(0, Math.max(0, to - part)), ...rest.slice(to)];
      if (some.length === 0) continue;
      left--;
      if (await fails(some)) rest = some;
    }
  }
  return rest;
}
