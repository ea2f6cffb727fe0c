import assert from "node:assert/strict";
import { servicePort } from "./service_port.ts";

const NAMED = new Uint8Array(65_536);
for (const port of [53, 443, 8080]) NAMED[port] = 1;

const CASES: readonly [protocol: number, source: number, target: number, service: number][] = [
  [6, 51_000, 443, 443],
  [6, 443, 51_000, 443],
  [6, 443, 8080, 443],
  [17, 53, 53, 53],
  [6, 2000, 3000, 2000],
  [6, 3000, 2000, 2000],
  [6, 0, 3000, 3000],
  [6, 3000, 0, 3000],
  [6, 0, 0, 0],
  [1, 443, 443, 0],
  [132, 9999, 53, 53],
];

Deno.test("servicePort() takes the port that has a name, else the lower", () => {
  for (const [protocol, source, target, service] of CASES) {
    assert.equal(servicePort({ protocol, source, target }, NAMED), service, `${source} ${target}`);
  }
});
