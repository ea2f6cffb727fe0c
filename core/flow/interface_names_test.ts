import assert from "node:assert/strict";
import { Random } from "../../tests/support/random.ts";
import { InterfaceNames, MAX_INTERFACE_NAMES } from "./interface_names.ts";

const device = (n: number) => Uint32Array.of(0, 0, 0xffff, 0x0a00_0000 + n);

Deno.test("InterfaceNames finds a name by exporter and ifIndex, also from another thread's view", () => {
  const writer = new InterfaceNames();
  const reader = new InterfaceNames(writer.memory);
  assert.equal(reader.find(device(1), 1), -1);
  writer.learn(device(1), 0, { nameId: 0, teller: "port_name" });
  writer.learn(device(1), 4_294_967_295, { nameId: 65_534, teller: "options" });
  writer.learn(device(2), 1, { nameId: 7, teller: "options" });
  assert.deepEqual(
    [[1, 0], [1, 4_294_967_295], [2, 1], [2, 0], [3, 1]].map(([n, index]) =>
      reader.find(device(n), index)
    ),
    [0, 65_534, 7, -1, -1],
  );
  assert.equal(reader.size, 3);
  assert.deepEqual([...reader.all()].map(({ nameId, teller }) => [nameId, teller]).sort(), [
    [0, "port_name"],
    [65_534, "options"],
    [7, "options"],
  ]);
});

Deno.test("a name of options data stands above that of a port, whichever comes first", () => {
  const names = new InterfaceNames();
  const told = [];
  for (
    const [nameId, teller] of [[1, "port_name"], [2, "options"], [3, "port_name"], [4, "options"], [
      4,
      "options",
    ]] as const
  ) {
    names.learn(device(1), 1, { nameId, teller });
    told.push([names.find(device(1), 1), names.size]);
  }
  assert.deepEqual(told, [[1, 1], [2, 1], [2, 1], [4, 1], [4, 1]]);
});

Deno.test("InterfaceNames keeps as many names as it may, and goes on finding them", () => {
  const random = new Random(5);
  const names = new InterfaceNames();
  const known = new Map<string, number>();
  for (let n = 0; n < MAX_INTERFACE_NAMES + 500; n++) {
    const [exporter, index, nameId] = [
      random.below(64),
      random.below(100_000),
      random.below(65_535),
    ];
    const key = `${exporter} ${index}`;
    const outcome = names.learn(device(exporter), index, { nameId, teller: "options" });
    const isFull = !known.has(key) && known.size === MAX_INTERFACE_NAMES;
    assert.equal(outcome, known.has(key) ? "kept" : isFull ? "full" : "new");
    if (!isFull) known.set(key, nameId);
  }
  assert.equal(names.size, MAX_INTERFACE_NAMES);
  for (const [key, nameId] of known) {
    const [exporter, index] = key.split(" ").map(Number);
    assert.equal(names.find(device(exporter), index), nameId);
  }
  assert.equal(names.find(device(1), 200_000), -1);
});

Deno.test("what is forgotten makes room, and costs no other its name", () => {
  const names = new InterfaceNames();
  for (let index = 0; index < MAX_INTERFACE_NAMES; index++) {
    names.learn(device(index & 7), index, { nameId: index, teller: "port_name" });
  }
  for (let index = 0; index < MAX_INTERFACE_NAMES; index += 2) {
    names.forget(device(index & 7), index);
    names.forget(device(9), index);
  }
  assert.equal(names.size, MAX_INTERFACE_NAMES / 2);
  for (let index = 0; index < MAX_INTERFACE_NAMES; index++) {
    assert.equal(names.find(device(index & 7), index), index % 2 === 0 ? -1 : index, `${index}`);
  }
  assert.equal(names.learn(device(9), 1, { nameId: 3, teller: "port_name" }), "new");
  const ofThree = [...names.all((nameId) => nameId === 3)];
  assert.deepEqual(ofThree.map(({ exporter, ifIndex }) => [exporter[3] & 0xff, ifIndex]).sort(), [
    [3, 3],
    [9, 1],
  ]);
});

Deno.test("nobody who does not know the secret can choose numbers that share a place", () => {
  // Those that a table of another secret puts together, and those that share their lowest bits:
  // of either sort a table of 16 places a set would keep but 16.
  const exporter = device(1);
  for (const stride of [1, 16_384, 65_536, 0x9e37_79b1]) {
    const names = new InterfaceNames();
    let lost = 0;
    for (let n = 0; n < MAX_INTERFACE_NAMES; n++) {
      const ifIndex = Math.imul(n, stride) >>> 0;
      if (names.learn(exporter, ifIndex, { nameId: 1, teller: "port_name" }) === "full") lost++;
    }
    // Four names a set on average: one of a set of 16 places is lost by chance in one run of sixty,
    // three in one of a million.
    assert.ok(lost < 3, `${lost} lost at ${stride}`);
  }
  // Two tables put the same interfaces in different order.
  const [one, other] = [new InterfaceNames(), new InterfaceNames()];
  for (const names of [one, other]) {
    for (let n = 0; n < 100; n++) names.learn(exporter, n, { nameId: n, teller: "port_name" });
  }
  const order = (names: InterfaceNames) => [...names.all()].map(({ ifIndex }) => ifIndex);
  assert.notDeepEqual(order(one), order(other));
});

Deno.test("numbers that met in one slot of a hash without a secret lie all over the table", () => {
  // Forged counter samples once named 16,384 ifIndexes of one slot: each search took 250 µs.
  const exporter = device(1);
  const slot = (ifIndex: number) => {
    let hash = ifIndex;
    for (const word of exporter) hash = Math.imul(hash ^ word, 0x9e37_79b1) ^ (hash >>> 15);
    return (hash >>> 0) % 32_768;
  };
  const names = new InterfaceNames();
  let kept = 0;
  for (let ifIndex = 0; kept < 200; ifIndex++) {
    if (slot(ifIndex) !== slot(1)) continue;
    assert.equal(names.learn(exporter, ifIndex, { nameId: kept, teller: "port_name" }), "new");
    assert.equal(names.find(exporter, ifIndex), kept++);
  }
});
