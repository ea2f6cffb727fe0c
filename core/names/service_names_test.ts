import assert from "node:assert/strict";
import { ServiceNames } from "./service_names.ts";

Deno.test("ServiceNames knows IANA's names by protocol and port", () => {
  const services = new ServiceNames();
  assert.equal(services.serviceName(6, 443), "https");
  assert.equal(services.serviceName(6, 514), "shell");
  assert.equal(services.serviceName(17, 514), "syslog");
  assert.equal(services.serviceName(47, 443), null);
  assert.equal(services.serviceName(6, 64_999), null);
  assert.deepEqual(services.ports("HTTPS"), [443]);
  assert.deepEqual(services.ports("nothing"), []);
  assert.deepEqual(services.ports("dns"), [53]);
  assert.deepEqual(services.endpoints("syslog").map(({ protocol, port }) => [protocol, port]), [
    [17, 514],
    [136, 514],
  ]);
});

Deno.test("ServiceNames puts configured names above IANA's, by protocol", () => {
  const services = new ServiceNames({
    "tcp/443": "Portal",
    "tcp/64999": "intranet",
    "udp/64999": "intranet",
    "tcp/9000": "dns",
  });
  assert.equal(services.serviceName(6, 443), "Portal");
  assert.equal(services.serviceName(17, 443), "https");
  assert.equal(services.namedPorts[64_999], 1);
  assert.deepEqual(services.ports("portal"), [443]);
  assert.deepEqual(services.ports("intranet"), [64_999]);
  assert.deepEqual(services.endpoints("portal"), [{ protocol: 6, port: 443 }]);
  assert.deepEqual(services.endpoints("https").some(({ protocol }) => protocol === 6), false);
  // What is configured is meant, and not what others call so.
  assert.deepEqual(services.ports("dns"), [9000]);
});
