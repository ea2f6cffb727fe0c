/** State cannot be kept where it was wanted; the message says why, and the remedy. */
export class StateError extends Error {
  override readonly name = "StateError";
}
