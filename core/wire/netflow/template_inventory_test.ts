import assert from "node:assert/strict";
import { hex } from "../../../tests/support/hex.ts";
import { TemplateInventory } from "./template_inventory.ts";

/** NetFlow v9 of domain 7 (RFC 3954 §5.1). */
const v9 = (sets: string) => hex(`0009 0001 00000001 65920080 00000001 00000007 ${sets}`);
/** Template 256: one field of 4 octets. */
const TEMPLATE = "0000 000c 0100 0001 0008 0004";
/** Options template 257: scope System, one option. */
const OPTIONS = "0001 0014 0101 0004 0004 0001 0004 0022 0004 0000";
const data = (id: string) => `${id} 0008 c0000201`;

Deno.test("TemplateInventory knows what data waits for, and what brings it", () => {
  const inventory = new TemplateInventory();
  inventory.note(v9(data("0100") + data("0101")));
  assert.deepEqual(inventory.missing, ["template 256 of domain 7", "template 257 of domain 7"]);
  assert.ok(!inventory.brings(v9(data("0100"))));
  assert.ok(inventory.brings(v9(TEMPLATE)));
  assert.equal(inventory.missing.length, 2, "looking is not noting");
  inventory.note(v9(TEMPLATE));
  assert.deepEqual(inventory.missing, ["template 257 of domain 7"]);
  inventory.note(v9(OPTIONS));
  assert.deepEqual([inventory.missing, inventory.announced], [[], 2]);
});

Deno.test("TemplateInventory: a datagram that has both wants nothing; other formats say nothing", () => {
  const inventory = new TemplateInventory();
  inventory.note(v9(data("0100") + TEMPLATE));
  inventory.note(v9(data("0100")));
  for (const other of ["", "0009", "0005 0001", "7b7d"]) inventory.note(hex(other));
  assert.deepEqual([inventory.missing, inventory.announced], [[], 1]);
});
