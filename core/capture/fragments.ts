import type { SkippedEvent } from "./capture_event.ts";
import {
  FRAGMENT_LIFETIME_MS,
  MAX_FRAGMENTS_PER_DATAGRAM,
  MAX_PENDING_DATAGRAMS,
} from "./capture_limits.ts";
import type { IpFragmentHeader, IpPacket } from "./ip_packet.ts";

/** One fragment to be put in its place. */
export interface Fragment extends IpPacket {
  readonly fragment: IpFragmentHeader;
  readonly bytes: Uint8Array;
  readonly receivedAtMs: number;
  /** Where its record starts in the file. */
  readonly recordOffset: number;
}

/** A payload put together of fragments. */
export interface Reassembled {
  readonly kind: "reassembled";
  readonly payload: Uint8Array;
  /** The protocol of its first header. */
  readonly protocol: number;
  /** How many records it came in. */
  readonly records: number;
}

interface Part {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

interface Pending {
  /** Ordered by offset, without overlap. */
  readonly parts: Part[];
  readonly firstAtMs: number;
  readonly firstRecordOffset: number;
  records: number;
  bytes: number;
  /** Bytes of the whole payload, once its last part is here. */
  total: number | undefined;
  /** Protocol of the first part, which alone decides (RFC 8200 section 4.5). */
  protocol: number;
}

/**
 * Puts fragmented IP payloads together (RFC 791 section 3.2, RFC 8200 section 4.5) in bounded memory: at most
 * {@linkcode MAX_PENDING_DATAGRAMS} at once, the oldest giving way. A repeated fragment is ignored; any
 * other overlap drops the whole payload, as RFC 5722 section 4 demands.
 */
export class FragmentTable {
  readonly #pending = new Map<string, Pending>();

  /** Adds a fragment; undefined while its payload waits for more of them. */
  add(fragment: Fragment): Reassembled | SkippedEvent | undefined {
    const key = keyOf(fragment);
    const givenUp = this.#makeRoom(key, fragment.receivedAtMs);
    const pending = this.#pending.get(key) ?? startPending(fragment);
    this.#pending.set(key, pending);
    pending.records++;
    const fits = place(pending, fragment);
    // A new payload always fits and is never complete, so nothing given up goes unreported here.
    if (fits && pending.bytes !== pending.total) return givenUp;
    this.#pending.delete(key);
    return fits ? reassemble(pending) : dropped(pending, "overlapping_fragment");
  }

  /** Gives up everything that is incomplete: the file has ended. */
  *flush(): Generator<SkippedEvent, void, void> {
    for (const pending of this.#pending.values()) yield dropped(pending, "fragment");
    this.#pending.clear();
  }

  /** Drops what has the same key but cannot be added to, or the oldest when a new one needs its place. */
  #makeRoom(key: string, nowMs: number): SkippedEvent | undefined {
    const same = this.#pending.get(key);
    if (same !== undefined) return isClosed(same, nowMs) ? this.#drop(key, same) : undefined;
    if (this.#pending.size < MAX_PENDING_DATAGRAMS) return undefined;
    for (const [oldestKey, oldest] of this.#pending) return this.#drop(oldestKey, oldest);
  }

  #drop(key: string, pending: Pending): SkippedEvent {
    this.#pending.delete(key);
    return dropped(pending, "fragment");
  }
}

/** Too old, so that its identification may be in use again, or in too many parts. */
function isClosed({ firstAtMs, parts }: Pending, nowMs: number): boolean {
  return nowMs - firstAtMs > FRAGMENT_LIFETIME_MS || parts.length >= MAX_FRAGMENTS_PER_DATAGRAM;
}

/** Only UDP gets here in IPv4, and in IPv6 the protocol is no part of the key. */
function keyOf({ source, destination, fragment }: Fragment): string {
  return `${source.join(".")} ${destination.join(".")} ${fragment.identification}`;
}

function startPending({ receivedAtMs, recordOffset, fragment }: Fragment): Pending {
  return {
    parts: [],
    firstAtMs: receivedAtMs,
    firstRecordOffset: recordOffset,
    records: 0,
    bytes: 0,
    total: undefined,
    protocol: fragment.protocol,
  };
}

/** Puts a part in its place; false when it contradicts those that are here. */
function place(pending: Pending, { bytes, start, end, fragment }: Fragment): boolean {
  const { offset, more, protocol } = fragment;
  const { parts } = pending;
  const after = offset + (end - start);
  // Searched from the end, because fragments mostly come in order.
  let index = parts.length;
  while (index > 0 && parts[index - 1].offset >= offset) index--;
  const next = parts.at(index);
  if (next?.offset === offset && next.bytes.length === end - start) return true;
  const previous = index > 0 ? parts[index - 1] : undefined;
  if (previous !== undefined && previous.offset + previous.bytes.length > offset) return false;
  if (next !== undefined && next.offset < after) return false;
  if (!more) {
    if (pending.total !== undefined || next !== undefined) return false;
    pending.total = after;
  } else if (pending.total !== undefined && after >= pending.total) return false;
  if (offset === 0) pending.protocol = protocol;
  parts.splice(index, 0, { offset, bytes: bytes.slice(start, end) });
  pending.bytes += end - start;
  return true;
}

function reassemble({ parts, bytes, protocol, records }: Pending): Reassembled {
  const payload = new Uint8Array(bytes);
  for (const part of parts) payload.set(part.bytes, part.offset);
  return { kind: "reassembled", payload, protocol, records };
}

function dropped(pending: Pending, reason: "fragment" | "overlapping_fragment"): SkippedEvent {
  const { records, firstRecordOffset: offset } = pending;
  return { kind: "skipped", reason, records, offset };
}
