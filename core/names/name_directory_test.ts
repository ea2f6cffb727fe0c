import assert from "node:assert/strict";
import { parseAddress } from "../flow/address.ts";
import { NO_NAME_DATA } from "./name_data.ts";
import { NameDirectory } from "./name_directory.ts";

function words(text: string): Uint32Array {
  const out = new Uint32Array(4);
  assert.ok(parseAddress(text, out), text);
  return out;
}

Deno.test("without configuration the networks that nobody else uses are internal", () => {
  const directory = new NameDirectory();
  const inside = [
    ...["10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "169.254.1.1"],
    ...["127.0.0.1", "0.0.0.0", "fd12::1", "fe80::1", "::1", "::"],
  ];
  const outside = ["172.32.0.1", "192.0.2.1", "100.128.0.1", "2001:db8::1", "ff02::1", "::2"];
  for (const address of inside) assert.ok(directory.isInternal(words(address)), address);
  for (const address of outside) assert.ok(!directory.isInternal(words(address)), address);
});

Deno.test("the label of the longest prefix counts", () => {
  const directory = new NameDirectory({
    ...NO_NAME_DATA,
    labels: { "10.0.0.0/8": "company", "10.1.0.0/16": "lab", "10.1.1.1": "company" },
  });
  const label = (text: string) => directory.labels[directory.labelNumber(words(text))];
  assert.deepEqual(directory.labels, ["company", "lab"]);
  assert.deepEqual(
    ["10.2.0.1", "10.1.0.1", "10.1.1.1", "11.0.0.1"].map(label),
    ["company", "lab", "company", undefined],
  );
});

Deno.test("an interface is known by its exporter and ifIndex", () => {
  const wan = {
    exporter: "192.0.2.1",
    ifIndex: 12,
    name: "wan-1",
    capacity: 1e10,
    description: "to the provider",
  };
  const directory = new NameDirectory({ ...NO_NAME_DATA, interfaces: [wan] });
  const name = (exporter: string, ifIndex: number) =>
    directory.interfaceName(words(exporter), ifIndex, null);
  assert.equal(directory.interfaceOf("192.0.2.1", 12), wan);
  assert.equal(directory.interfaceOf(words("192.0.2.1"), 12), wan);
  assert.equal(directory.interfaceOf("192.0.2.1", 1), null);
  assert.equal(name("192.0.2.1", 12), "wan-1");
  assert.equal(name("192.0.2.1", 1), null);
  assert.equal(name("192.0.2.2", 12), null);
});
