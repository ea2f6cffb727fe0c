import { hex } from "./hex.ts";

// Octets of NetFlow v9 and IPFIX written from RFC 3954 §5 and RFC 7011 §3, without the project's encoders.

/** 2024-01-01T00:00:00Z, in seconds. */
export const EXPORT_SECONDS = 0x65920080;

/** A number as hex of so many octets. */
export function u(value: number, octets: number): string {
  return value.toString(16).padStart(octets * 2, "0");
}

/** A set: RFC 3954 §5.2, RFC 7011 §3.3.2. */
export function set(id: number, body: string, { length }: { length?: number } = {}): string {
  return u(id, 2) + u(length ?? 4 + hex(body).length, 2) + body;
}

/** Octets of a v9 datagram (RFC 3954 §5.1). */
export function v9(
  sets: readonly string[],
  { sequence = 1, domain = 0, uptimeMs = 100_000, seconds = EXPORT_SECONDS }: {
    sequence?: number;
    domain?: number;
    uptimeMs?: number;
    seconds?: number;
  } = {},
): Uint8Array<ArrayBuffer> {
  return hex(
    "0009" + u(sets.length, 2) + u(uptimeMs, 4) + u(seconds, 4) + u(sequence, 4) + u(domain, 4) +
      sets.join(""),
  );
}

/** Octets of an IPFIX message (RFC 7011 §3.1). */
export function ipfix(
  sets: readonly string[],
  { sequence = 0, domain = 0, seconds = EXPORT_SECONDS, length }: {
    sequence?: number;
    domain?: number;
    seconds?: number;
    length?: number;
  } = {},
): Uint8Array<ArrayBuffer> {
  const body = sets.join("");
  return hex(
    "000a" + u(length ?? 16 + hex(body).length, 2) + u(seconds, 4) + u(sequence, 4) + u(domain, 4) +
      body,
  );
}

type Field = readonly [id: number, length: number, pen?: number];

function fieldText([id, length, pen]: Field): string {
  return pen === undefined ? u(id, 2) + u(length, 2) : u(id + 0x8000, 2) + u(length, 2) + u(pen, 4);
}

/** A template record (RFC 3954 §5.2, RFC 7011 §3.4.1). */
export function template(id: number, fields: readonly Field[]): string {
  return u(id, 2) + u(fields.length, 2) + fields.map(fieldText).join("");
}

/** An options template record of v9: lengths in octets (RFC 3954 §6.1). */
export function v9Options(id: number, scope: readonly Field[], options: readonly Field[]): string {
  return u(id, 2) + u(scope.length * 4, 2) + u(options.length * 4, 2) +
    [...scope, ...options].map(fieldText).join("");
}

/** An options template record of IPFIX: numbers of fields (RFC 7011 §3.4.2.2). */
export function ipfixOptions(
  id: number,
  scope: readonly Field[],
  options: readonly Field[],
): string {
  return u(id, 2) + u(scope.length + options.length, 2) + u(scope.length, 2) +
    [...scope, ...options].map(fieldText).join("");
}
