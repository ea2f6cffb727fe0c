/** A query was given up because whoever asked does not want the answer any more. */
export class QueryCancelled extends Error {
  override readonly name = "QueryCancelled";
}
