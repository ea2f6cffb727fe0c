import assert from "node:assert/strict";
import { PageRoom } from "./page_room.ts";

Deno.test("arrays that are given out never overlap, whatever their kinds and lengths", () => {
  const room = new PageRoom();
  let seed = 7;
  for (let round = 0; round < 20; round++) {
    room.clear();
    const taken: (Uint16Array | Uint32Array | Float64Array)[] = [];
    for (let i = 0; i < 100; i++) {
      seed = (seed * 48_271) % 0x7fffffff;
      const kind = [Uint16Array, Uint32Array, Float64Array][seed % 3] as typeof Uint32Array;
      const array = room.take(kind, (seed >> 4) % 65_537);
      assert.equal(array.length, (seed >> 4) % 65_537);
      taken.push(array.fill(i));
    }
    taken.forEach((array, i) => assert(array.every((one) => one === i)));
  }
});

Deno.test("what was cleared serves again, and of much only a little is kept", () => {
  const room = new PageRoom();
  for (let segment = 0; segment < 50; segment++) {
    room.clear();
    for (let page = 0; page < 12; page++) room.take(Uint32Array, 65_536);
    assert.equal(room.octets, 3 * 2 ** 20);
  }
  for (let page = 0; page < 80; page++) room.take(Uint32Array, 65_536);
  assert.equal(room.octets, 23 * 2 ** 20);
  room.clear();
  assert.equal(room.octets, 4 * 2 ** 20);
});

Deno.test("what is lent comes back, also where it was used in vain", () => {
  const room = new PageRoom();
  const kept = room.take(Uint32Array, 10).fill(1);
  assert.throws(() =>
    room.lend(() => {
      room.take(Float64Array, 300_000);
      throw new Error("in vain");
    })
  );
  const next = room.take(Uint32Array, 10).fill(2);
  assert.deepEqual([next.buffer, next.byteOffset], [kept.buffer, 40]);
  assert(kept.every((one) => one === 1));
});

Deno.test("an array longer than a chunk has one of its own until it is cleared", () => {
  const room = new PageRoom();
  const long = room.take(Float64Array, 200_000).fill(3);
  const next = room.take(Uint16Array, 5).fill(4);
  assert.deepEqual([long.length, long.every((one) => one === 3), next.length], [200_000, true, 5]);
  assert.equal(room.octets, 1_600_000 + 2 ** 20);
  room.clear();
  assert.equal(room.octets, 2 ** 20);
});
