import assert from "node:assert/strict";
import { parseAddress } from "../flow/address.ts";
import { type ExpectedHost, NO_NAME_DATA } from "../names/name_data.ts";
import { NameDirectory } from "../names/name_directory.ts";
import { ExpectedHosts } from "./expected_hosts.ts";

function words(address: string): Uint32Array {
  const words = new Uint32Array(4);
  assert.ok(parseAddress(address, words), address);
  return words;
}

function expected(hosts: readonly ExpectedHost[]): ExpectedHosts {
  return new ExpectedHosts(new NameDirectory({ ...NO_NAME_DATA, expected: hosts }));
}

Deno.test("ExpectedHosts leaves out what a host is there for, and counts it by type", () => {
  const hosts = expected([
    { network: "10.0.0.0/24", name: "inventory", role: "scanner" },
    { network: "10.0.0.7", name: "Nessus", role: "scanner" },
    { network: "2001:db8::/32", name: "Zabbix", role: "monitoring" },
  ]);
  const leavesOut = (address: string, purpose: "scanner" | "monitoring", type = "host_scan") =>
    hosts.leavesOut(words(address), { purposes: [purpose], type: type as "host_scan" });
  assert.deepEqual(hosts.notes(), []);
  assert.equal(leavesOut("10.0.0.7", "scanner"), true);
  assert.equal(leavesOut("10.0.0.7", "scanner"), true);
  assert.equal(leavesOut("10.0.0.8", "scanner"), true);
  assert.equal(leavesOut("2001:db8::5", "monitoring", "beaconing"), true);
  assert.equal(leavesOut("10.0.1.7", "scanner"), false);
  assert.equal(leavesOut("10.0.0.7", "monitoring"), false);
  assert.equal(leavesOut("2001:db8::5", "scanner"), false);
  assert.deepEqual(hosts.notes(), [
    "host_scan: 2 configured scanners left out: 10.0.0.7 (Nessus), 10.0.0.8 (inventory).",
    "beaconing: 1 configured monitoring host left out: 2001:db8::5 (Zabbix).",
  ]);
});

Deno.test("ExpectedHosts names five hosts and counts the others", () => {
  const hosts = expected([{ network: "10.0.0.0/8", name: "lab", role: "scanner" }]);
  for (let n = 1; n <= 7; n++) {
    hosts.leavesOut(words(`10.0.0.${n}`), {
      purposes: ["monitoring", "scanner"],
      type: "port_scan",
    });
  }
  assert.match(
    hosts.notes()[0],
    /^port_scan: 7 configured scanners .* 10\.0\.0\.5 \(lab\) and 2 more\.$/,
  );
});
