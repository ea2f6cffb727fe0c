import assert from "node:assert/strict";
import { FRAGMENT_LIFETIME_MS, MAX_PENDING_DATAGRAMS } from "./capture_limits.ts";
import { MAX_FRAGMENTS_PER_DATAGRAM } from "./capture_limits.ts";
import { type Fragment, FragmentTable } from "./fragments.ts";
import { hex, toHex } from "../../tests/support/sample_captures.ts";

interface PartOptions {
  readonly more?: boolean;
  readonly identification?: number;
  readonly receivedAtMs?: number;
  readonly recordOffset?: number;
}

/** A fragment: where it belongs and its bytes in hex. */
function part(offset: number, content: string, options: PartOptions = {}): Fragment {
  const { more = true, identification = 7, receivedAtMs = 0, recordOffset = offset } = options;
  const bytes = hex(content);
  return {
    source: hex("c0000201"),
    destination: hex("c6336402"),
    start: 0,
    end: bytes.length,
    fragment: { identification, offset, more, protocol: 17 },
    bytes,
    receivedAtMs,
    recordOffset,
  };
}

const A = part(0, "a1a2a3a4a5a6a7a8");
const B = part(8, "b1b2b3b4b5b6b7b8");
const C = part(16, "c1c2", { more: false });
const WHOLE = "a1a2a3a4a5a6a7a8b1b2b3b4b5b6b7b8c1c2";

/** What the fragments yield one after the other, and in the end; "-" for nothing. */
function outcomes(fragments: readonly Fragment[]): string[] {
  const table = new FragmentTable();
  const seen = fragments.map((fragment) => {
    const outcome = table.add(fragment);
    if (outcome === undefined) return "-";
    if (outcome.kind === "reassembled") return `${toHex(outcome.payload)} x${outcome.records}`;
    return `${outcome.reason} x${outcome.records} @${outcome.offset}`;
  });
  const left = [...table.flush()].map(({ reason, records, offset }) => {
    return `left ${reason} x${records} @${offset}`;
  });
  return [...seen, ...left];
}

const TABLE: readonly [what: string, fragments: readonly Fragment[], seen: string[]][] = [
  ["in order", [A, B, C], ["-", "-", `${WHOLE} x3`]],
  ["in reverse order", [C, B, A], ["-", "-", `${WHOLE} x3`]],
  ["with the middle last", [A, C, B], ["-", "-", `${WHOLE} x3`]],
  ["repeated", [A, A, B, B, C], ["-", "-", "-", "-", `${WHOLE} x5`]],
  ["without a middle", [A, C], ["-", "-", "left fragment x2 @0"]],
  ["without an end", [A, B], ["-", "-", "left fragment x2 @0"]],
  ["without a start", [C, B], ["-", "-", "left fragment x2 @16"]],
  [
    "overlapping the one before",
    [A, part(0, "a1a2a3a4a5a6a7a8b1b2b3b4b5b6b7b8"), C],
    ["-", "overlapping_fragment x2 @0", "-", "left fragment x1 @16"],
  ],
  ["overlapping the one behind", [B, part(0, WHOLE.slice(0, 32))], [
    "-",
    "overlapping_fragment x2 @8",
  ]],
  ["with two ends", [C, part(24, "ff", { more: false })], ["-", "overlapping_fragment x2 @16"]],
  ["beyond the end", [C, part(24, "0000000000000000")], ["-", "overlapping_fragment x2 @16"]],
  ["with an end before others", [part(24, "0000000000000000"), C], [
    "-",
    "overlapping_fragment x2 @24",
  ]],
];

for (const [what, fragments, seen] of TABLE) {
  Deno.test(`FragmentTable takes fragments ${what}`, () => {
    assert.deepEqual(outcomes(fragments), seen);
  });
}

Deno.test("FragmentTable keeps identifications, and sources, apart", () => {
  const other = part(8, "dddd", { more: false, identification: 8 });
  const foreign = { ...part(8, "eeee", { more: false }), source: hex("c0000209") };
  const seen = outcomes([A, other, foreign, part(8, "b1", { more: false })]);
  assert.deepEqual(seen.slice(0, 4), ["-", "-", "-", "a1a2a3a4a5a6a7a8b1 x2"]);
});

Deno.test("FragmentTable evicts the oldest payload, counted", () => {
  const parts = Array.from({ length: MAX_PENDING_DATAGRAMS + 1 }, (_, identification) => {
    return part(0, "0000000000000000", { identification, recordOffset: 100 + identification });
  });
  const seen = outcomes(parts);
  assert.deepEqual(seen.slice(0, MAX_PENDING_DATAGRAMS), Array(MAX_PENDING_DATAGRAMS).fill("-"));
  assert.equal(seen[MAX_PENDING_DATAGRAMS], "fragment x1 @100");
  assert.equal(seen.length, 2 * MAX_PENDING_DATAGRAMS + 1);
});

Deno.test("FragmentTable gives a payload up that is too old, so that its identification is free", () => {
  const late = { receivedAtMs: FRAGMENT_LIFETIME_MS + 1, recordOffset: 99 };
  const seen = outcomes([A, part(0, "0102030405060708", late), {
    ...C,
    ...part(8, "09", { more: false }),
  }]);
  assert.deepEqual(seen, ["-", "fragment x1 @0", "010203040506070809 x2"]);
});

Deno.test("FragmentTable gives a payload of too many parts up", () => {
  const parts = Array.from({ length: MAX_FRAGMENTS_PER_DATAGRAM + 1 }, (_, at) => {
    return part(at * 8, "0000000000000000");
  });
  const seen = outcomes(parts);
  assert.equal(seen[MAX_FRAGMENTS_PER_DATAGRAM], `fragment x${MAX_FRAGMENTS_PER_DATAGRAM} @0`);
});
