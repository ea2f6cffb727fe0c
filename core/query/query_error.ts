/** A query that cannot be run as it was asked; the message says what would do. */
export class QueryError extends Error {
  override readonly name = "QueryError";
}
