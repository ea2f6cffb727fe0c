/** What one check found. */
export interface Finding {
  /** `ok`, `note` for what may be meant, `fault` for what does not work. */
  readonly verdict: "ok" | "note" | "fault";
  readonly what: string;
  readonly text: string;
  /** Lines that mend it. */
  readonly remedy?: readonly string[];
}

/**
 * Turns what a check throws into a fault: the messages of this program name the remedy.
 *
 * @param what is checked
 * @param check may throw
 */
export async function checked(
  what: string,
  check: () => Finding | Promise<Finding>,
): Promise<Finding> {
  try {
    return await check();
  } catch (error) {
    return { verdict: "fault", what, text: (error as Error).message };
  }
}
