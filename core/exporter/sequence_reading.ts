import type { MessageCounts, SequenceUnit } from "../wire/codec.ts";

/** One way in which exporters number their messages. */
export interface SequenceReading {
  /** What the number counts; null where loss cannot be told from it. */
  readonly unit: SequenceUnit | null;
  /** By how much one of each moves the number on. */
  readonly message: 0 | 1;
  readonly data: 0 | 1;
  readonly options: 0 | 1;
  readonly templates: 0 | 1;
  readonly sets: 0 | 1;
  /** Whether a message's number includes the message itself; else only those before it. */
  readonly inclusive: boolean;
  /** Points of evidence that it needs to take over. */
  readonly proof: number;
}

/** What the format itself says; by how much a message moves the number on is given with it. */
export const STANDARD = 0;
/** The number tells nothing: it stays as it is, contradicts itself, or has several sources. */
export const UNKNOWN = 1;

const NOTHING = { message: 0, data: 0, options: 0, templates: 0, sets: 0 } as const;
const BEFORE = { ...NOTHING, inclusive: false, proof: 8 } as const;
const INCLUSIVE = { ...NOTHING, inclusive: true, proof: 8 } as const;

/** In storage order: append only. Of two that explain the same, the first is taken. */
export const READINGS: readonly SequenceReading[] = [
  { ...BEFORE, unit: null },
  // A network that repeats a datagram looks the same for a while.
  { ...BEFORE, unit: null, proof: 40 },
  // RFC 3954 §5.1; also exporters of IPFIX that carry on as in NetFlow 9.
  { ...BEFORE, unit: "datagrams", message: 1 },
  // RFC 7011 §3.1.
  { ...BEFORE, unit: "records", data: 1, options: 1 },
  // softflowd 1.1, IPFIX.
  { ...INCLUSIVE, unit: "records", data: 1 },
  { ...BEFORE, unit: "records", data: 1 },
  { ...INCLUSIVE, unit: "records", data: 1, options: 1 },
  // The count of a NetFlow 9 header, summed up.
  { ...BEFORE, unit: "records", data: 1, options: 1, templates: 1 },
  { ...INCLUSIVE, unit: "records", data: 1, options: 1, templates: 1 },
  { ...BEFORE, unit: "sets", sets: 1 },
];

/** By how much a message moves the number on in a reading; that of the format is not told here. */
export function unitsOf(reading: SequenceReading, counts: MessageCounts): number {
  return reading.message + reading.data * counts.data + reading.options * counts.options +
    reading.templates * counts.templates + reading.sets * counts.sets;
}

/** Whether a reading counts records, of which an unread set hides how many there were. */
export function countsRecords({ data, options }: SequenceReading): boolean {
  return data + options > 0;
}
