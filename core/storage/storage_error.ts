/** Something cannot be kept where it was wanted; the message says why, and the remedy. */
export class StorageError extends Error {
  override readonly name = "StorageError";
}
