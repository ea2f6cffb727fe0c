/** A capture cannot be made, or not go on; the message says why, and the remedy. */
export class RecordingFailure extends Error {
  override readonly name = "RecordingFailure";
}
