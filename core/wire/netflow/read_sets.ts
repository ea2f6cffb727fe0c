/** One set of a datagram, without its header. */
export interface SetRange {
  readonly id: number;
  readonly from: number;
  readonly to: number;
}

/** A set whose length cannot be. */
export interface SetFault {
  /** Octets from the start of the datagram. */
  readonly at: number;
  readonly found: string;
  readonly expected: string;
}

const SET_HEADER = 4;

/**
 * The sets of a message (RFC 3954 §5.1, RFC 7011 §3.3); one whose length cannot be ends it.
 *
 * @param view the datagram
 * @param range octets `from` behind the message's header to its `end`
 */
export function readSets(
  view: DataView,
  { from, end }: { from: number; end: number },
): { sets: SetRange[]; faults: SetFault[] } {
  const sets: SetRange[] = [];
  const faults: SetFault[] = [];
  for (let at = from; at + SET_HEADER <= end;) {
    const id = view.getUint16(at);
    const length = view.getUint16(at + 2);
    // Some exporters fill large datagrams up with zeros.
    if (id === 0 && length === 0) break;
    const fault = (expected: string) =>
      faults.push({ at, found: `set ${id} of ${length} octets`, expected });
    if (length < SET_HEADER) {
      fault("4 or more");
      break;
    }
    const to = Math.min(at + length, end);
    if (at + length > end) fault(`at most ${end - at}`);
    sets.push({ id, from: at + SET_HEADER, to });
    at += length;
  }
  return { sets, faults };
}
