import assert from "node:assert/strict";
import { countryCode, countryNames } from "./country_code.ts";

const CODES: readonly [text: string, code: string | null][] = [
  ["DE", "DE"],
  ["de", "DE"],
  ["in", "IN"],
  ["UK", "GB"],
  ["Germany", "DE"],
  ["GERMANY", "DE"],
  ["United States", "US"],
  ["usa", "US"],
  ["united kingdom", "GB"],
  ["Côte d’Ivoire", "CI"],
  ["cote d'ivoire", "CI"],
  ["Ivory Coast", "CI"],
  ["Trinidad and Tobago", "TT"],
  ["St. Lucia", "LC"],
  ["saint lucia", "LC"],
  ["burma", "MM"],
  ["Myanmar", "MM"],
  ["turkiye", "TR"],
  ["timor-leste", "TL"],
  ["south korea", "KR"],
  ["Curacao", "CW"],
  ["Atlantis", null],
  ["", null],
  ["D", null],
  ["D1", null],
];
for (const [text, code] of CODES) {
  Deno.test(`countryCode() takes "${text}" for ${code}`, () => {
    assert.equal(countryCode(text), code);
  });
}

Deno.test("every country of the list is found by its code and by its name", () => {
  const names = countryNames();
  assert.ok(names.size > 250, `${names.size}`);
  for (const [name, code] of names) {
    assert.equal(countryCode(name), code);
    assert.equal(countryCode(code), code);
  }
});
