import assert from "node:assert/strict";
import { checkElements, generateElements, parseRegistry } from "../generate_elements.ts";

const COLUMNS = "ElementID,Name,Abstract Data Type,Data Type Semantics,Units,Status";
const IANA = "ipfix-information-elements.csv";

Deno.test("registry: the generated tables are those of the registries", () => {
  const { tables, stale } = checkElements(new URL("../../", import.meta.url));
  assert.deepEqual(stale, [], "run scripts/generate_elements.ts");
  assert.ok(tables.size > 10, `${tables.size} tables`);
});

Deno.test("generateElements() writes rows, and a unit where there is one", () => {
  const tables = generateElements(
    new Map([
      [IANA, `${COLUMNS}\n1,octets,unsigned64,deltaCounter,octets,current\n`],
      ["enterprise-20-b.csv", `${COLUMNS}\n7,b,string,,,current\n`],
      ["enterprise-3-a-c.csv", `${COLUMNS}\n7,a,string,,,obsolete\n9,c,string,,,current\n`],
    ]),
  );
  assert.deepEqual([...tables.keys()], [
    "ipfix_information_elements.ts",
    "enterprise_20_b.ts",
    "enterprise_3_a_c.ts",
    "enterprises.ts",
  ]);
  assert.match(
    tables.get("ipfix_information_elements.ts")!,
    /^export const IPFIX_INFORMATION_ELEMENTS: .*\n {2}\[1, "octets", "unsigned64", "octets"\],\n\];$/m,
  );
  assert.match(
    tables.get("enterprise_3_a_c.ts")!,
    /^ {2}\[7, "a", "string"\], \[9, "c", "string"\],$/m,
  );
  assert.match(
    tables.get("enterprises.ts")!,
    /^ {2}\[3, ENTERPRISE_3_A_C\],\n {2}\[20, ENTERPRISE_20_B\],$/m,
  );
});

Deno.test("generateElements() refuses a registry that is none", () => {
  assert.throws(() => generateElements(new Map([["elements.csv", COLUMNS]])), /not the name/);
});

const WRONG: readonly [what: string, line: string, message: RegExp][] = [
  ["a quote that splits", '1,"a,b",string,,,current', /:2: 7 cells instead of 6/],
  ["id 0", "0,a,string,,,current", /:2: id 0 is not between 1 and 32767/],
  ["an id with the enterprise bit", "32768,a,string,,,current", /:2: id 32768/],
  ["an id that is no number", "1-3,a,string,,,current", /:2: id 1-3/],
  ["an id twice", "1,a,string,,,current\n1,b,string,,,current", /:3: id 1 is not between 2/],
  ["a name with a space", "1,a b,string,,,current", /:2: "a b" is not a name/],
  ["a type that does not exist", "1,a,unsigned24,,,current", /:2: "unsigned24" is not/],
  ["a semantics that does not exist", "1,a,string,text,,current", /:2: "text" is not/],
  ["a status that does not exist", "1,a,string,,,", /:2: status "" is not/],
];

for (const [what, line, message] of WRONG) {
  Deno.test(`parseRegistry() refuses ${what}`, () => {
    assert.throws(() => parseRegistry(IANA, `${COLUMNS}\n${line}\n`), message);
  });
}

Deno.test("parseRegistry() refuses other columns", () => {
  assert.throws(() => parseRegistry(IANA, "ElementID,Name\n"), /expected the columns/);
});

Deno.test("parseRegistry() takes NetFlow v9 field types of 16 bits", () => {
  const text = `${COLUMNS}\n57595,a,string,,,current\n`;
  assert.deepEqual(parseRegistry("netflow9-field-types.csv", text), [[57_595, "a", "string"]]);
});
