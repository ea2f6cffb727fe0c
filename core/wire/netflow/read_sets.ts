/** One set of a message, without its header. */
export interface SetRange {
  readonly id: number;
  readonly from: number;
  readonly to: number;
}

/** A set whose length cannot be. */
export interface SetFault {
  readonly offset: number;
  readonly found: string;
  readonly expected: string;
}

/** Sets of this id and above hold data (RFC 3954 §5.3, RFC 7011 §3.3.2). */
export const FIRST_DATA_SET = 256;
const SET_HEADER = 4;

/**
 * Finds the sets of a NetFlow v9 or IPFIX message.
 *
 * @param view the datagram
 * @param range octets `from` behind the message's header, `to` behind the message
 * @param onFault hears of a set whose length cannot be; it ends the message
 * @param sets where to put them; what it holds is dropped
 * @returns the sets in wire order; the last one cut to what is there
 */
export function readSets(
  view: DataView,
  { from, to: end }: { from: number; to: number },
  onFault: (fault: SetFault) => void = () => {},
  sets: SetRange[] = [],
): SetRange[] {
  let count = 0;
  let at = from;
  while (at + SET_HEADER <= end) {
    const id = view.getUint16(at);
    const length = view.getUint16(at + 2);
    // Some exporters fill large datagrams up with zeros.
    if (id === 0 && length === 0) break;
    if (length < SET_HEADER) {
      onFault({ offset: at, found: describe(id, length), expected: "4 or more" });
      break;
    }
    // A set that goes on behind the message and not behind the datagram: the message is longer than
    // its header says, and the set is whole.
    const to = Math.min(at + length, view.byteLength);
    if (at + length > end) {
      onFault({ offset: at, found: describe(id, length), expected: `at most ${end - at}` });
    }
    sets[count++] = { id, from: at + SET_HEADER, to };
    at += length;
  }
  // Setting the length costs more than reading a set.
  if (sets.length !== count) sets.length = count;
  return sets;
}

function describe(id: number, length: number): string {
  return `set ${id} of ${length} octets`;
}
