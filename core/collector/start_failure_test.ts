import assert from "node:assert/strict";
import { socketAddress, StartFailure, startFailure } from "./start_failure.ts";

const WANTED = { capability: "netflow_udp", host: "127.0.0.1", port: 514 };

// What Deno 2.9.6 says on Linux, and what of the message has to help.
const CASES: readonly [string, { name: string; message: string }, RegExp][] = [
  [
    "a port in use",
    { name: "AddrInUse", message: "Address already in use (os error 98)" },
    /port 514 is in use by another program; stop that program \("ss -lunp" .*another port$/,
  ],
  [
    "a privileged port",
    { name: "PermissionDenied", message: "Permission denied (os error 13)" },
    /refuses port 514, ports below 1024 are privileged; give a port from 1024 up, .*=514\)$/,
  ],
  [
    "a host that was not granted",
    { name: "NotCapable", message: "Can't escalate parent thread permissions" },
    /without permission for it; start it with --allow-net=127\.0\.0\.1:514 among/,
  ],
  [
    "an address of another machine",
    { name: "AddrNotAvailable", message: "Cannot assign requested address (os error 99)" },
    /127\.0\.0\.1 is not an address of this machine; give one that is, or "::" for all$/,
  ],
  [
    "what is no host",
    { name: "URIError", message: "invalid host 'a b': invalid char found in FQDN" },
    /"127\.0\.0\.1" is not a host \(invalid host .*\); give an address of this machine/,
  ],
  [
    "a name that does not resolve",
    {
      name: "Error",
      message: "failed to lookup address information: Name or service not known",
    },
    /the name "127\.0\.0\.1" does not resolve \(failed to lookup .*\); give an address/,
  ],
  [
    "a worker that does not start in time",
    { name: "TimedOut", message: "its worker did not start in 30000 ms" },
    /its worker did not start in 30000 ms; give another host or port$/,
  ],
  [
    "a capability whose code fails",
    { name: "WorkerError", message: "Uncaught Error: no table" },
    /its worker died: Uncaught Error: no table; mend the capability's module$/,
  ],
];

for (const [title, cause, remedy] of CASES) {
  Deno.test(`startFailure() names the remedy for ${title}`, () => {
    const failure = startFailure(cause, WANTED);
    assert.ok(failure instanceof StartFailure);
    assert.equal(failure.causeName, cause.name);
    assert.match(failure.message, /^cannot start netflow_udp on 127\.0\.0\.1:514: /);
    assert.match(failure.message, remedy);
  });
}

Deno.test("socketAddress() puts IPv6 in brackets", () => {
  assert.equal(socketAddress("::", 2055), "[::]:2055");
  assert.equal(socketAddress("10.0.0.1", 2055), "10.0.0.1:2055");
  assert.equal(socketAddress("localhost", 2055), "localhost:2055");
});
