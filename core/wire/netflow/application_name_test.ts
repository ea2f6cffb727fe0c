import assert from "node:assert/strict";
import { applicationName } from "./application_name.ts";

Deno.test("applicationName() knows protocols (engine 1) and ports (3), and nobody else's numbers", () => {
  const cases: [number, number, string | undefined][] = [
    [1, 6, "tcp"],
    [1, 58, "ipv6-icmp"],
    [1, 300, undefined],
    [3, 443, "https"],
    [3, 53, "domain"],
    [3, 1, "tcpmux"],
    [3, 0, undefined],
    [3, 65_536, undefined],
    [3, 64_999, undefined],
    [13, 80, undefined],
    [0, 6, undefined],
  ];
  for (const [engine, selector, name] of cases) {
    assert.equal(applicationName(engine, selector), name, `${engine}:${selector}`);
  }
});
