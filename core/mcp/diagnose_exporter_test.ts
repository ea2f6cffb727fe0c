import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { buildCapability } from "../../tests/fixtures/netflow5_capability.ts";
import { callTool, McpHouse } from "../../tests/support/mcp_house.ts";
import { sendUdp } from "../../tests/support/udp.ts";
import { until } from "../../tests/support/until.ts";
import { flowSample, sflow } from "../../tests/support/sflow_messages.ts";
import { set, template, u, v9 } from "../../tests/support/netflow_messages.ts";

async function started(house: McpHouse, capability: string, datagrams: (string | Uint8Array)[]) {
  const client = await house.connect();
  const { result } = await callTool(client, "start_collection", { capability, port: 0 });
  await sendUdp(result.port, ...datagrams);
  await until("all datagrams", () => {
    const collector = house.engine.collectors.all.find(({ port }) => port === result.port)!;
    return collector.status().counters.datagrams === datagrams.length || undefined;
  });
  return client;
}

Deno.test("diagnose_exporter says of an unknown address what arrives at all", async () => {
  await using house = new McpHouse();
  const flow = JSON.stringify({ src: "10.0.0.1", dst: "10.0.0.2", bytes: 1, packets: 1 });
  const client = await started(house, "json_udp", [flow]);
  const { result } = await callTool(client, "diagnose_exporter", { address: "192.0.2.99" });
  assert.equal(result.items[0].finding, "nothing_arrives");
  assert.match(result.items[0].evidence, /No datagram of 192\.0\.2\.99.*Heard: 127\.0\.0\.1/);
  assert.ok(
    result.configuration.some(({ platform }: { platform: string }) =>
      platform.startsWith("Cisco IOS")
    ),
  );
});

Deno.test("diagnose_exporter says of an exporter that JSON names that others send for it", async () => {
  await using house = new McpHouse();
  const flow = { sampler_address: "198.51.100.10", src: "10.0.0.1", dst: "10.0.0.2", bytes: 1 };
  const client = await started(house, "json_udp", [JSON.stringify(flow)]);
  const { result } = await callTool(client, "diagnose_exporter", { address: "198.51.100.10" });
  const findings = result.items.map(({ finding }: { finding: string }) => finding);
  assert.ok(findings.includes("relayed"), findings.join());
  assert.ok(!findings.includes("nothing_arrives"));
  assert.match(result.headline, /1 flow record in the window/);
});

Deno.test("diagnose_exporter names the ports to watch where nobody is heard", async () => {
  await using house = new McpHouse();
  const client = await started(house, "netflow_udp", []);
  const { result } = await callTool(client, "diagnose_exporter");
  const [{ finding, remedy }] = result.items;
  const [{ port }] = house.engine.collectors.all;
  assert.equal(finding, "nothing_arrives");
  assert.ok(remedy.includes(`"tcpdump -ni any udp and (port ${port})"`), remedy);
});

Deno.test("diagnose_exporter without an address looks at those that are heard", async () => {
  await using house = new McpHouse();
  const client = await started(house, "netflow_udp", [message([set(300, "00".repeat(32))])]);
  const { result } = await callTool(client, "diagnose_exporter");
  assert.deepEqual(
    result.items.map(({ exporter, finding }: Record<string, string>) => [exporter, finding]),
    [["127.0.0.1", "datagrams_without_flows"]],
  );
  assert.equal(result.trust.sets_without_template, 1);
});

Deno.test("diagnose_exporter tells who is refused, and before anything was started that nobody listens", async () => {
  await using house = new McpHouse({ exporter: { allow: ["192.0.2.0/24"] } });
  const nobody = await callTool(await house.connect(), "diagnose_exporter");
  assert.equal(nobody.result.items[0].finding, "no_collector");
  const client = await started(house, "json_udp", ["{}"]);
  const { result } = await callTool(client, "diagnose_exporter", { address: "127.0.0.1" });
  assert.equal(result.items[0].finding, "refused");
  assert.match(
    result.items[0].evidence,
    /^1 datagram of 127\.0\.0\.1 to json_udp@127\.0\.0\.1:\d+ met with exporter\.allow/,
  );
  const all = await callTool(client, "diagnose_exporter");
  assert.deepEqual(all.result.items.map(({ exporter }: { exporter: string }) => exporter), [
    "127.0.0.1",
  ]);
  const refused = await callTool(client, "diagnose_exporter", { address: "router" });
  assert.ok(refused.isError);
  assert.match(refused.text, /address: "router" is no IP address/);
});

/** A flow of TCP that ended as it was sent: template 256, or 257, which names sampler 1 besides. */
const FIELDS = [[8, 4], [12, 4], [1, 4], [2, 4], [10, 4], [22, 4], [21, 4]] as const;
const FLOW = "0a000001" + "0a000002" + u(1500, 4) + u(3, 4) + u(1, 4) + u(99_000, 4) + u(99_900, 4);
const PLAIN = { template: set(0, template(256, FIELDS)), data: set(256, FLOW) };
const SAMPLED = {
  template: set(0, template(257, [...FIELDS, [48, 4]])),
  data: set(257, FLOW + u(1, 4)),
};
/** Sent now; `ahead`: what the exporter's clock shows too much, in seconds. */
const message = (sets: readonly string[], { sequence = 1, ahead = 0 } = {}) =>
  v9(sets, { sequence, seconds: Math.floor(Date.now() / 1000) + ahead });
const run = (count: number, sequenceOf: (n: number) => number) =>
  Array.from(
    { length: count },
    (_, n) => message([PLAIN.template, PLAIN.data], { sequence: sequenceOf(n) }),
  );

/** Through a real socket: to which collector, what is sent, what is found first, and what that says. */
const SYMPTOMS: readonly {
  title: string;
  to: string;
  sent: () => readonly (Uint8Array | string)[];
  finds: readonly string[];
  says?: RegExp;
}[] = [
  { title: "a healthy exporter", to: "netflow_udp", sent: () => run(20, (n) => n), finds: [] },
  {
    title: "NetFlow 9 to the port of sFlow",
    to: "sflow_udp",
    sent: () => run(3, (n) => n),
    finds: ["wrong_format"],
    says:
      /^3 datagrams of 127\.0\.0\.1 came to sflow_udp@127.* look like NetFlow 9\. That is for netflow_udp/,
  },
  {
    title: "sFlow to the port of NetFlow",
    to: "netflow_udp",
    sent: () => [sflow([flowSample([])])],
    finds: ["wrong_format"],
    says: /sFlow 5\. That is for sflow_udp.*start_collection with sflow_udp/,
  },
  {
    title: "NetFlow 9 to the port of JSON",
    to: "json_udp",
    sent: () => run(3, (n) => n),
    finds: ["wrong_format"],
    says: /NetFlow 9/,
  },
  {
    title: "syslog",
    to: "netflow_udp",
    sent: () => ["<134>1 2026-01-31T10:00:00Z router - - - link down"],
    finds: ["wrong_format"],
    says: /syslog\. Nothing here takes syslog.*Send it elsewhere: netflow_udp@/,
  },
  {
    title: "NetFlow 8, which nothing takes, beside what is taken",
    to: "netflow_udp",
    sent: () => [...run(3, (n) => n), new Uint8Array([0, 8, ...new Uint8Array(30)])],
    finds: ["wrong_format"],
    says: /NetFlow 8\. Nothing here takes NetFlow 8.*version 5, 9 or IPFIX/,
  },
  {
    title: "data of a template that was never sent, beside data that can be read",
    to: "netflow_udp",
    sent: () => [...run(3, (n) => n), message([set(300, "00".repeat(32))], { sequence: 3 })],
    finds: ["sets_without_template"],
    says: /Waiting for a template: 1 set .* It last announced a template \d s ago/,
  },
  {
    title: "records that name a sampler nobody explained",
    to: "netflow_udp",
    sent: () => [message([SAMPLED.template, SAMPLED.data])],
    finds: ["sampling_not_announced"],
    says: /1 of its 1 flow records say no sampling rate; they name a sampler/,
  },
  {
    title: "a clock that is an hour behind",
    to: "netflow_udp",
    sent: () => [message([PLAIN.template, PLAIN.data], { ahead: -3600 })],
    finds: ["clock_skew"],
    says: /its clock was 60 min behind/,
  },
  {
    title: "a clock that is ahead",
    to: "netflow_udp",
    sent: () => [message([PLAIN.template, PLAIN.data], { ahead: 600 })],
    finds: ["clock_skew"],
    says: /10 min ahead/,
  },
  {
    title: "every second datagram lost",
    to: "netflow_udp",
    sent: () => run(40, (n) => 2 * n),
    finds: ["sequence_loss"],
    says: /39 datagrams are missing/,
  },
  {
    title: "every datagram twice",
    to: "netflow_udp",
    sent: () => run(80, (n) => n >> 1),
    finds: ["sequence_disorder"],
    says: /40 twice/,
  },
];

for (const { title, to, sent, finds, says } of SYMPTOMS) {
  Deno.test(`diagnose_exporter: ${title}`, async () => {
    await using house = new McpHouse();
    const client = await started(house, to, [...sent()]);
    const { result } = await callTool(client, "diagnose_exporter", { address: "127.0.0.1" });
    assert.deepEqual(
      result.items.map(({ finding }: { finding: string }) => finding),
      finds,
      JSON.stringify(result.items),
    );
    if (says === undefined) return;
    const [{ evidence, why, remedy }] = result.items;
    assert.match([evidence, why, remedy].join(" "), says);
  });
}

Deno.test("diagnose_exporter tells what several points saw to those alone that did", async () => {
  await using house = new McpHouse();
  const flows = Array.from(
    { length: 20 },
    (_, n) =>
      ["198.51.100.10", "198.51.100.20"].map((sampler_address) => (
        { sampler_address, src: `10.0.0.${n}`, dst: "192.0.2.1", bytes: 100, packets: 2 }
      )),
  ).flat();
  const client = await started(house, "json_udp", [JSON.stringify(flows)]);
  const found = async (address: string) => {
    const { result } = await callTool(client, "diagnose_exporter", { address });
    return result.items.map(({ finding }: { finding: string }) => finding);
  };
  for (const one of ["198.51.100.10", "198.51.100.20"]) {
    assert.ok((await found(one)).includes("duplicate_observation"), one);
  }
  for (const other of ["198.51.100.1", "198.51.100.2"]) {
    assert.ok(!(await found(other)).includes("duplicate_observation"), other);
  }
});

Deno.test("diagnose_exporter tells NetFlow 9 to what takes version 5 alone", async () => {
  const module = new URL("../../tests/fixtures/netflow5_capability.ts", import.meta.url);
  const only = {
    capability: buildCapability(),
    source: module.href,
    readable: [fileURLToPath(new URL("./", module))],
  };
  await using house = new McpHouse({}, { more: [only] });
  const client = await started(house, "netflow5_only", run(2, (n) => n));
  const { result } = await callTool(client, "diagnose_exporter", { address: "127.0.0.1" });
  assert.deepEqual(result.items.map(({ finding }: { finding: string }) => finding), [
    "wrong_format",
  ]);
  const [{ evidence, why }] = result.items;
  assert.match(evidence, /^2 datagrams of 127\.0\.0\.1 came to netflow5_only@.* like NetFlow 9\.$/);
  assert.match(why, /^That is for netflow_udp/);
});

Deno.test("diagnose_exporter names the port where what was sent elsewhere is taken", async () => {
  await using house = new McpHouse();
  const client = await started(house, "sflow_udp", run(2, (n) => n));
  const { result: { port } } = await callTool(client, "start_collection", {
    capability: "netflow_udp",
    port: 0,
  });
  const { result } = await callTool(client, "diagnose_exporter", { address: "127.0.0.1" });
  assert.equal(
    result.items[0].remedy,
    `Have the device send to port ${port}, where netflow_udp listens.`,
  );
  const lines = result.configuration.flatMap((advice: { lines: string[] }) => advice.lines);
  assert.ok(lines.includes(` transport udp ${port}`));
});
