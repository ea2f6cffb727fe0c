import assert from "node:assert/strict";
import { FakeClock } from "../../tests/support/fake_clock.ts";
import { pointerName, ReverseDns } from "./reverse_dns.ts";

Deno.test("pointerName() turns addresses round, as RFC 1035 and RFC 3596 show", () => {
  assert.equal(pointerName("10.2.0.52"), "52.0.2.10.in-addr.arpa.");
  assert.equal(pointerName("::ffff:10.2.0.52"), "52.0.2.10.in-addr.arpa.");
  assert.equal(
    pointerName("4321:0:1:2:3:4:567:89ab"),
    "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa.",
  );
  assert.equal(pointerName("10.0.0.0/8"), null);
  assert.equal(pointerName("host"), null);
});

/** A resolver that answers when it is told to, and counts. */
function houseOf(maxEntries = 100) {
  const clock = new FakeClock(0);
  const asked: string[] = [];
  const open = new Map<string, PromiseWithResolvers<string[]>>();
  const dns = new ReverseDns({
    clock,
    limits: { timeoutMs: 1000, maxEntries, keepMs: 60_000, keepMissingMs: 10_000 },
    resolve: (name) => {
      asked.push(name);
      const answer = Promise.withResolvers<string[]>();
      open.set(name, answer);
      return answer.promise;
    },
  });
  const answer = async (address: string, names: string[] | Error): Promise<void> => {
    const waiting = open.get(pointerName(address)!)!;
    if (names instanceof Error) waiting.reject(names);
    else waiting.resolve(names);
    await dns.settled();
  };
  return { clock, dns, asked, answer };
}

Deno.test("a name that is not known yet is asked for once, and is there the next time", async () => {
  const { clock, dns, asked, answer } = houseOf();
  assert.deepEqual(dns.names(["192.0.2.1", "192.0.2.1", "10.0.0.0/8"]), {});
  assert.deepEqual(dns.names(["192.0.2.1"]), {});
  assert.equal(asked.length, 1);
  await answer("192.0.2.1", ["host\u202e.example.\n"]);
  assert.deepEqual(dns.names(["192.0.2.1"]), { "192.0.2.1": "host.example" });
  clock.advance(59_999);
  assert.deepEqual(dns.names(["192.0.2.1"]), { "192.0.2.1": "host.example" });
  assert.equal(asked.length, 1);
  clock.advance(1);
  assert.deepEqual(dns.names(["192.0.2.1"]), {});
  assert.equal(asked.length, 2);
  await answer("192.0.2.1", []);
});

Deno.test("that there is no name is remembered too, for a shorter while", async () => {
  const { clock, dns, asked, answer } = houseOf();
  dns.names(["192.0.2.1"]);
  await answer("192.0.2.1", new Error("NXDOMAIN"));
  clock.advance(9999);
  assert.deepEqual(dns.names(["192.0.2.1"]), {});
  assert.equal(asked.length, 1);
  clock.advance(1);
  dns.names(["192.0.2.1"]);
  assert.equal(asked.length, 2);
  await answer("192.0.2.1", []);
});

Deno.test("a resolver that does not answer is given up after the time limit", async () => {
  const { clock, dns, asked } = houseOf();
  dns.names(["192.0.2.1"]);
  clock.advance(1000);
  await dns.settled();
  assert.deepEqual(dns.names(["192.0.2.1"]), {});
  assert.equal(asked.length, 1);
});

Deno.test("questions under way and names kept are bounded", async () => {
  const { dns, asked, answer } = houseOf(2);
  const hosts = Array.from({ length: 40 }, (_, n) => `192.0.2.${n}`);
  dns.names(hosts);
  assert.equal(asked.length, 16);
  for (const host of hosts.slice(0, 16)) {
    // All but the last wait for the others.
    const done = answer(host, [`${host}.example.`]);
    if (host === hosts[15]) await done;
  }
  assert.deepEqual(Object.keys(dns.names(hosts.slice(0, 16))), hosts.slice(14, 16));
});
