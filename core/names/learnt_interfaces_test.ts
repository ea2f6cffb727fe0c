import assert from "node:assert/strict";
import { parseAddress } from "../flow/address.ts";
import { Dictionary } from "../flow/dictionary.ts";
import { InterfaceNames, type InterfaceNameTeller } from "../flow/interface_names.ts";
import { LearntInterfaces } from "./learnt_interfaces.ts";
import { NO_NAME_DATA } from "./name_data.ts";
import { NameDirectory } from "./name_directory.ts";

function words(text: string): Uint32Array {
  const out = new Uint32Array(4);
  assert.ok(parseAddress(text, out), text);
  return out;
}

/** What one collector learnt. */
class Learnt {
  readonly interfaceNames = new InterfaceNames();
  readonly dictionary = new Dictionary(Dictionary.allocate());

  told(exporter: string, ifIndex: number, name: string, teller: InterfaceNameTeller): this {
    const nameId = this.dictionary.intern(name);
    this.interfaceNames.learn(words(exporter), ifIndex, { nameId, teller });
    return this;
  }
}

const R1 = "192.0.2.1";
const CONFIGURED = { exporter: R1, ifIndex: 1, name: "wan-1", capacity: null, description: null };

Deno.test("the configured name stands above options data, that above flows, those above sFlow's port", () => {
  const netflow = new Learnt();
  const sflow = new Learnt();
  const learnt = new LearntInterfaces();
  for (const source of [sflow, netflow]) learnt.follow(source);
  const directory = new NameDirectory({ ...NO_NAME_DATA, interfaces: [CONFIGURED] }, learnt);
  const name = (ifIndex: number, told: string | null = null) =>
    directory.interfaceName(words(R1), ifIndex, told);
  assert.deepEqual([1, 2, 3].map((index) => name(index)), ["wan-1", null, null]);
  assert.equal(name(2, "told"), "told");
  for (const index of [1, 2, 3]) sflow.told(R1, index, `swp${index}`, "port_name");
  for (const index of [1, 2]) netflow.told(R1, index, `Gi0/${index}`, "options");
  assert.deepEqual([1, 2, 3].map((index) => name(index)), ["wan-1", "Gi0/2", "swp3"]);
  assert.deepEqual([1, 2, 3].map((index) => name(index, "told")), ["wan-1", "Gi0/2", "told"]);
  // It is asked after whatever was learnt since.
  netflow.told(R1, 2, "uplink", "options");
  assert.equal(name(2), "uplink");
  assert.equal(directory.interfaceName(words("192.0.2.2"), 1, null), null);
});

Deno.test("interfaces are found by each of their names but a port's that options data named", () => {
  const learnt = new LearntInterfaces();
  const source = new Learnt().told(R1, 1, "Gi0/1", "options").told(R1, 3, "swp3", "port_name")
    .told("2001:db8::1", 9, "swp3", "port_name");
  learnt.follow(source);
  learnt.follow({ dictionary: source.dictionary });
  learnt.follow(new Learnt().told(R1, 1, "swp1", "port_name"));
  const directory = new NameDirectory({ ...NO_NAME_DATA, interfaces: [CONFIGURED] }, learnt);
  const named = (name: string) =>
    directory.interfacesNamed(name).map(({ exporter, ifIndex }) => `${exporter} ${ifIndex}`).sort();
  assert.deepEqual(named("wan-1"), [`${R1} 1`]);
  assert.deepEqual(named("Gi0/1"), [`${R1} 1`]);
  assert.deepEqual(named("swp1"), []);
  assert.deepEqual(named("swp3"), [`${R1} 3`, "2001:db8::1 9"]);
});

Deno.test("names that change between two questions cost no walk through all there are", () => {
  let walks = 0;
  class Walked extends InterfaceNames {
    override all(wanted?: (nameId: number) => boolean) {
      walks++;
      return super.all(wanted);
    }
  }
  const interfaceNames = new Walked();
  const dictionary = new Dictionary(Dictionary.allocate());
  const ids = ["a", "b"].map((name) => dictionary.intern(name));
  const learnt = new LearntInterfaces();
  learnt.follow({ interfaceNames, dictionary });
  const directory = new NameDirectory(NO_NAME_DATA, learnt);
  const exporter = words(R1);
  for (let n = 0; n < 1000; n++) {
    interfaceNames.learn(exporter, 1, { nameId: ids[n & 1], teller: "options" });
    assert.equal(directory.interfaceName(exporter, 1, null), "ab"[n & 1]);
  }
  assert.equal(walks, 0);
  assert.deepEqual([directory.interfacesNamed("b").length, walks], [1, 1]);
});
