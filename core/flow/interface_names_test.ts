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
    told.push([names.find(device(1), 1), names.size, names.version]);
  }
  assert.deepEqual(told, [[1, 1, 1], [2, 1, 2], [2, 1, 2], [4, 1, 3], [4, 1, 3]]);
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
    names.learn(device(exporter), index, { nameId, teller: "options" });
    if (known.has(key) || known.size < MAX_INTERFACE_NAMES) known.set(key, nameId);
  }
  assert.equal(names.size, MAX_INTERFACE_NAMES);
  for (const [key, nameId] of known) {
    const [exporter, index] = key.split(" ").map(Number);
    assert.equal(names.find(device(exporter), index), nameId);
  }
  assert.equal(names.find(device(1), 200_000), -1);
});
