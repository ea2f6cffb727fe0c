import assert from "node:assert/strict";
import { DatagramViews } from "./datagram_views.ts";

/** Where a view looks. */
const place = ({ buffer, byteOffset, byteLength }: DataView) => [buffer, byteOffset, byteLength];

Deno.test("a view shows its datagram and nothing behind it, whatever came before in the buffer", () => {
  const views = new DatagramViews();
  const buffer = new Uint8Array(100);
  for (const length of [10, 100, 0, 10, 99]) {
    const view = views.of(buffer.subarray(0, length));
    assert.deepEqual(place(view), [buffer.buffer, 0, length]);
    assert.throws(() => view.getUint8(length), RangeError);
  }
  assert.equal(views.of(buffer.subarray(0, 10)), views.of(buffer.subarray(0, 10)));
});

Deno.test("a datagram of another buffer, or from within one, gets a view of its own octets", () => {
  const views = new DatagramViews();
  const one = Uint8Array.of(1, 2, 3);
  const two = Uint8Array.of(4, 5, 6);
  assert.equal(views.of(one).getUint8(0), 1);
  assert.equal(views.of(two).getUint8(0), 4);
  assert.equal(views.of(one).getUint8(0), 1);
  assert.equal(views.of(one.subarray(1)).getUint8(0), 2);
  assert.equal(views.of(one.subarray(1)).byteLength, 2);
});
