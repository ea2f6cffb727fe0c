/** By so much `performance.now` goes on whenever somebody looks at it: longer than a slice of work. */
const STEP_MS = 5;

/**
 * Puts a clock in the place of `performance.now`, until it is disposed of, at which every piece of
 * work has taken too long: whoever works in slices lets others have their turn after each block.
 */
export function hastyClock(): Disposable {
  const { now } = performance;
  let at = now.call(performance);
  performance.now = () => at += STEP_MS;
  return {
    [Symbol.dispose]: () => {
      performance.now = now;
    },
  };
}
