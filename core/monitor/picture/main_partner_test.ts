import assert from "node:assert/strict";
import { seededRandom } from "../../wire/encode/seeded_random.ts";
import { MainPartner } from "./main_partner.ts";

Deno.test("MainPartner.leastShare() lies between 2f − 1 and the true share f", () => {
  const random = seededRandom(3);
  for (let of = 0; of < 300; of++) {
    const partners = new MainPartner();
    const sums = new Map<number, number>();
    const weight = of / 300;
    for (let n = 0; n < 200; n++) {
      const partner = random() < weight ? 0 : 1 + Math.floor(random() * 9);
      const octets = 1 + Math.floor(random() * 1500);
      partners.note(of, partner, octets);
      sums.set(partner, (sums.get(partner) ?? 0) + octets);
    }
    const all = [...sums.values()].reduce((a, b) => a + b, 0);
    const share = Math.max(...sums.values()) / all;
    const least = partners.leastShare(of);
    assert.ok(least <= share + 1e-9 && least >= 2 * share - 1 - 1e-9, `${least} of ${share}`);
  }
});

Deno.test("MainPartner knows nothing of hosts without traffic or without a series", () => {
  const partners = new MainPartner();
  partners.note(-2, 1, 100);
  assert.equal(partners.leastShare(-2), 0);
  assert.equal(partners.leastShare(7), 0);
});
