/**
 * Longest wait for anything that a test expects to happen: it only bounds failures, and a machine
 * with twenty others at work takes half a minute to check and load the modules of a first worker.
 */
export const DEADLINE_MS = 120_000;
/** Longest pause between two looks; the first ones are shorter, as most things happen at once. */
const EVERY_MS = 20;

/**
 * Asks again and again until the answer is there; a test never sleeps for a time it guessed.
 *
 * @param what is waited for, for the message
 * @param probe gives the answer, or undefined while there is none
 * @param deadlineMs after which the test fails
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (let pauseMs = 1;; pauseMs = Math.min(2 * pauseMs, EVERY_MS)) {
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw new Error(`${what}: not within ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/**
 * Waits for something that ends by itself.
 *
 * @param what is waited for, for the message
 * @param promise of it
 * @param deadlineMs after which the test fails
 */
export async function within<T>(
  what: string,
  promise: Promise<T>,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${what}: not within ${deadlineMs} ms`)),
      deadlineMs,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
