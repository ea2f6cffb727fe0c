import assert from "node:assert/strict";
import { formatAddress } from "../flow/address.ts";
import { ExporterTable, MAX_EXPORTERS, MAX_PROBATION } from "./exporter_table.ts";
import type { Exporter } from "./exporter.ts";

const START = Date.UTC(2024, 0, 1);

function table(): ExporterTable {
  return new ExporterTable(ExporterTable.allocate());
}

function find(
  exporters: ExporterTable,
  address: string,
  { port = 2055, domain = 0, at = START } = {},
): Exporter {
  const exporter = exporters.find({ address, port }, domain, at);
  assert.ok(exporter !== null);
  return exporter;
}

/** One datagram of 30 flows. */
function send(exporter: Exporter, sequence: number, at: number): void {
  exporter.seen(30, at);
  exporter.sequence(sequence, { units: 30, unit: "flows", nowMs: at });
}

Deno.test("an exporter is its address, its source port and its domain", () => {
  const exporters = table();
  const slots = [
    find(exporters, "192.0.2.1"),
    find(exporters, "192.0.2.2"),
    find(exporters, "192.0.2.1", { port: 2056 }),
    find(exporters, "192.0.2.1", { domain: 1 }),
    find(exporters, "192.0.2.1", { domain: -1 }),
    find(exporters, "192.0.2.1", { domain: 0xffffffff }),
    find(exporters, "2001:db8::1"),
  ].map(({ slot }) => slot);
  assert.deepEqual(slots, [0, 1, 2, 3, 4, 5, 6]);
  assert.equal(exporters.size, 7);
  assert.equal(find(exporters, "192.0.2.1", { domain: 1 }).slot, 3);
  assert.equal(find(exporters, "192.0.2.1", { domain: 0xffffffff }).slot, 5);
  assert.equal(exporters.size, 7);
});

Deno.test("port and domain do not run into one another", () => {
  const exporters = table();
  find(exporters, "192.0.2.1", { port: 65_535, domain: 0 });
  find(exporters, "192.0.2.1", { port: 0, domain: 1 });
  find(exporters, "192.0.2.1", { port: 65_535, domain: -1 });
  assert.equal(exporters.size, 3);
});

Deno.test("one address in several spellings is one exporter", () => {
  const exporters = table();
  for (const text of ["::ffff:192.0.2.1", "192.0.2.1", "::FFFF:c000:201", "::ffff:192.0.2.1"]) {
    assert.equal(find(exporters, text).slot, 0, text);
  }
  for (const text of ["2001:db8:0::1", "2001:DB8::1", "2001:db8::1"]) {
    assert.equal(find(exporters, text).slot, 1, text);
  }
  assert.deepEqual(exporters.summaries().map(({ address }) => address), [
    "192.0.2.1",
    "2001:db8::1",
  ]);
});

Deno.test("a source without an address has no account", () => {
  const exporters = table();
  assert.equal(exporters.find({ address: "", port: 0 }, 0, START), null);
  assert.equal(exporters.addressWords(""), null);
  assert.equal(exporters.size, 0);
  assert.equal(exporters.untracked, 0);
});

Deno.test("addressWords() stays right however many sources were forged before", () => {
  const exporters = table();
  for (let i = 0; i < 20_000; i++) {
    const address = `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;
    assert.equal(formatAddress(exporters.addressWords(address)!), address);
  }
  assert.equal(formatAddress(exporters.addressWords("::ffff:10.0.0.0")!), "10.0.0.0");
});

Deno.test("summaries() takes the ports of one address and domain together", () => {
  const exporters = table();
  const one = find(exporters, "192.0.2.1", { port: 1000 });
  const two = find(exporters, "192.0.2.1", { port: 2000 });
  const other = find(exporters, "192.0.2.1", { port: 1000, domain: 7 });
  send(one, 0, START);
  send(one, 60, START + 10); // 30 lost
  one.sampled(100, "announced");
  send(two, 5000, START + 20);
  send(two, 5000, START + 30); // a duplicate
  two.sampled(512, "announced");
  send(other, 0, START);
  const [first, second] = exporters.summaries();
  assert.deepEqual(first, {
    address: "192.0.2.1",
    observation_domain: 0,
    first_seen_ms: START,
    last_seen_ms: START + 30,
    datagrams: 4,
    flow_records: 120,
    sequence_lost: 30,
    sequence_unit: "flows",
    reordered: 0,
    duplicates: 1,
    restarts: 0,
    samples_lost: 0,
    samples_dropped: 0,
    sampling_rate: 512,
    sampling_source: "announced",
    templates: 0,
    waiting_sets: 0,
    clock_lag_ms: null,
    unrated_ms: null,
  });
  assert.equal(second.observation_domain, 7);
  assert.equal(second.datagrams, 1);
  assert.equal(exporters.summaries().length, 2);
});

Deno.test("what is not known is null: domain, rate, unit", () => {
  const exporters = table();
  find(exporters, "192.0.2.1", { domain: -1 }).seen(3, START);
  const [summary] = exporters.summaries();
  assert.deepEqual(
    [summary.observation_domain, summary.sampling_rate, summary.sequence_unit],
    [null, null, null],
  );
  assert.equal(summary.sampling_source, "assumed");
});

Deno.test("a new table on the same memory goes on with sequence, counts and loss", () => {
  const before = table();
  send(find(before, "::ffff:192.0.2.1"), 0, START);
  send(find(before, "192.0.2.1"), 30, START + 10);
  send(find(before, "192.0.2.2", { port: 9, domain: -1 }), 0, START);

  const after = new ExporterTable(before.memory);
  assert.equal(after.size, 2);
  const exporter = find(after, "192.0.2.1");
  assert.equal(exporter.slot, 0);
  assert.equal(find(after, "192.0.2.2", { port: 9, domain: -1 }).slot, 1);
  // 90 were announced while the worker was dead: that is loss, and it is seen.
  send(exporter, 150, START + 5000);
  assert.deepEqual(after.lossWithin(START, START + 10_000), [
    { exporter: "192.0.2.1", observation_domain: 0, unit: "flows", lost: 90 },
  ]);
  const [summary] = before.summaries();
  assert.equal(summary.datagrams, 3);
  assert.equal(summary.sequence_lost, 90);
  assert.equal(summary.restarts, 0);
});

Deno.test("lossWithin() names one exporter and domain once, and only where there is loss", () => {
  const exporters = table();
  for (const port of [1000, 2000]) {
    const exporter = find(exporters, "192.0.2.1", { port });
    send(exporter, 0, START);
    send(exporter, 60, START + 1);
  }
  const late = find(exporters, "192.0.2.9");
  send(late, 0, START);
  send(late, 60, START + 1);
  send(late, 30, START + 2);
  assert.deepEqual(exporters.lossWithin(START, START + 5000), [
    { exporter: "192.0.2.1", observation_domain: 0, unit: "flows", lost: 60 },
  ]);
  assert.deepEqual(exporters.lossWithin(START + 5000, START + 9000), []);
});

Deno.test("a full table of living exporters counts the rest as untracked", () => {
  const exporters = full(START);
  assert.equal(exporters.size, MAX_EXPORTERS);
  assert.equal(exporters.untracked, 0);
  assert.equal(exporters.find({ address: "192.0.2.1", port: 1 }, 0, START + 600_000), null);
  assert.equal(exporters.find({ address: "192.0.2.1", port: 1 }, 0, START + 600_000), null);
  assert.equal(exporters.untracked, 2);
  assert.equal(exporters.size, MAX_EXPORTERS);
  assert.notEqual(exporters.find({ address: "10.0.0.1", port: 1 }, 0, START + 600_000), null);
});

Deno.test("a full table gives the slot of the exporter silent longest to a new one", () => {
  const exporters = full(START);
  const oldest = find(exporters, "10.0.0.77", { port: 1 });
  send(oldest, 0, START);
  send(oldest, 1000, START - 50_000); // lost 970, and silent longest
  const now = START + 600_001 - 50_000;
  const fresh = find(exporters, "192.0.2.1", { port: 1, at: now });
  assert.equal(fresh.slot, oldest.slot);
  send(fresh, 9_000_000, now);

  const summary = exporters.summaries().find(({ address }) => address === "192.0.2.1")!;
  assert.deepEqual(
    [summary.datagrams, summary.sequence_lost, summary.restarts],
    [1, 0, 0],
    "nothing of the last owner is left",
  );
  assert.ok(!exporters.summaries().some(({ address }) => address === "10.0.0.77"));
  assert.deepEqual(
    exporters.lossWithin(START - 100_000, now),
    [],
    "the last owner's loss is not laid on the new one",
  );
  // The old one comes back as a stranger.
  assert.equal(exporters.find({ address: "10.0.0.77", port: 1 }, 0, now), null);
  // And the table finds itself again on the same memory.
  assert.equal(
    find(new ExporterTable(exporters.memory), "192.0.2.1", { port: 1 }).slot,
    fresh.slot,
  );
});

Deno.test("100,000 forged sources push out one another, and none of 50 real exporters", () => {
  const exporters = table();
  const real = Array.from({ length: 50 }, (_, i) => ({ address: `192.0.2.${i}`, port: 9 }));
  const sendAll = (round: number): void => {
    for (const source of real) {
      const at = START + round * 1000;
      send(exporters.find(source, 0, at)!, round * 30, at);
    }
  };
  for (let round = 0; round < 5; round++) sendAll(round);
  for (let i = 0; i < 100_000; i++) {
    const source = { address: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, port: i & 0xffff };
    send(exporters.find(source, 0, START + 5000 + i)!, 0, START + 5000 + i);
  }
  assert.ok(exporters.size <= 50 + MAX_PROBATION, `${exporters.size} slots are in use`);
  assert.ok(exporters.untracked >= 100_000 - MAX_PROBATION, `${exporters.untracked}`);
  assert.equal(exporters.untrackedSince(START + 200_000), 0, "not in a later window");
  // 180 flows of each are lost meanwhile: that is seen, since each is known still.
  sendAll(11);
  const summaries = exporters.summaries().filter(({ address }) => address.startsWith("192.0.2."));
  assert.deepEqual(
    summaries.map(({ datagrams, sequence_lost }) => [datagrams, sequence_lost]),
    Array.from({ length: 50 }, () => [6, 180]),
  );
  assert.equal(exporters.lossWithin(START + 10_000, START + 12_000).length, 50);
});

Deno.test("an exporter that joins while sources are forged is pushed out and proves itself later", () => {
  const exporters = table();
  const source = { address: "192.0.2.1", port: 9 };
  const forge = (n: number, at: number): void => {
    for (let i = 0; i < n; i++) {
      exporters.find({ address: `10.0.${i >> 8}.${i & 255}`, port: 1 }, 0, at)!.seen(1, at);
    }
  };
  send(exporters.find(source, 0, START)!, 0, START);
  forge(MAX_PROBATION, START + 1);
  assert.ok(!exporters.summaries().some(({ address }) => address === source.address));
  assert.ok(exporters.untracked >= 1);
  for (let i = 0; i < 5; i++) {
    const at = START + 1000 * i;
    send(exporters.find(source, 0, at)!, 30 * i, at);
    forge(MAX_PROBATION - 1, at);
  }
  forge(MAX_PROBATION * 2, START + 6000);
  assert.equal(exporters.find(source, 0, START + 7000)!.confirmed, true);
});

Deno.test("an exporter proves real by datagrams with records, in order, over some time", () => {
  const proves = (feed: (exporter: Exporter, i: number) => void, stepMs = 1000): boolean => {
    const exporters = table();
    const exporter = find(exporters, "192.0.2.1");
    for (let i = 0; i < 6; i++) {
      feed(exporter, START + i * stepMs);
    }
    return exporter.confirmed;
  };
  assert.ok(proves((exporter, at) => exporter.seen(1, at)), "a format without numbers");
  assert.ok(!proves((exporter, at) => exporter.seen(1, at), 10), "too fast");
  assert.ok(!proves((exporter, at) => exporter.seen(0, at)), "no records");
  assert.ok(proves((exporter, at) => send(exporter, (at - START) * 0.03, at)), "in order");
  assert.ok(!proves((exporter, at) => send(exporter, (at * 7919) >>> 0, at)), "numbers at random");
});

Deno.test("a slot that changes hands is never read half", () => {
  const exporters = table();
  // The reader sees what another thread leaves between its steps: a version that is odd.
  const versions = new Int32Array(exporters.memory, 64, MAX_EXPORTERS);
  find(exporters, "192.0.2.1").seen(1, START);
  find(exporters, "192.0.2.2").seen(1, START);
  versions[0]++;
  assert.deepEqual(exporters.summaries().map(({ address }) => address), ["192.0.2.2"]);
  versions[0]++;
  assert.equal(exporters.summaries().length, 2);
});

/** A table of which every slot has an exporter that proved real, last heard at `at`. */
function full(at: number): ExporterTable {
  const exporters = table();
  for (let i = 0; i < MAX_EXPORTERS; i++) {
    const address = `10.0.${i >> 8}.${i & 255}`;
    for (let back = 4; back >= 0; back--) {
      find(exporters, address, { port: 1, at: at - back * 1000 }).seen(1, at - back * 1000);
    }
  }
  return exporters;
}
