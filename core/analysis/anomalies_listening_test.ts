import assert from "node:assert/strict";
import { type FixtureRow, FlowFixture } from "../../tests/support/flow_fixture.ts";
import { SealedRings } from "../../tests/support/sealed_rings.ts";
import { HistoryArchive } from "../history/history_archive.ts";
import type { FlowSource } from "../query/flow_source.ts";
import { type AnomalyOptions, type AnomalyQuestion, findAnomalies } from "./anomalies.ts";

const MINUTE = 60_000;
const TO = Date.UTC(2026, 0, 13, 12);

/** Flows of one exporter, each ten seconds, in minutes before the end of the window. */
function flows(exporter: string, from: number, to: number): FixtureRow[] {
  const rows: FixtureRow[] = [];
  for (let at = TO - from * MINUTE; at < TO - to * MINUTE; at += 10_000) {
    rows.push({
      exporter,
      received_at: at,
      src_addr: "10.0.0.1",
      dst_addr: "10.0.0.2",
      protocol: 17,
      src_port: 5000,
      dst_port: 53,
      bytes: 100,
      packets: 1,
    });
  }
  return rows;
}

async function silent(
  sources: readonly FlowSource[],
  question: Partial<AnomalyQuestion> = {},
  options: AnomalyOptions = {},
): Promise<(string | number)[][]> {
  const { findings } = await findAnomalies(sources, {
    window: { fromMs: TO - 15 * MINUTE, toMs: TO, untilNow: false },
    types: ["exporter_silent"],
    filter: "",
    limit: 10,
    ...question,
  }, options);
  return findings.map(({ subject, numbers }) => [subject.name, numbers.silent_seconds])
    .sort();
}

Deno.test("exporter_silent: the time between two processes is nobody's silence", async () => {
  const json = { capability: "json_udp", port: 6343 };
  const sealed = new SealedRings([
    { ...json, epoch: TO - 60 * MINUTE },
    { ...json, epoch: TO - 6 * MINUTE },
    { capability: "ipfix_udp", port: 4739, epoch: TO - 60 * MINUTE },
  ]);
  try {
    // The first process ends 20 minutes before the second begins, which one exporter outlives.
    const others = flows("192.0.2.3", 60, 26);
    sealed.add(0, flows("192.0.2.1", 60, 26).flatMap((row, n) => [row, others[n]]));
    sealed.add(2, flows("192.0.2.4", 60, 26));
    sealed.add(1, flows("192.0.2.1", 6, 0));
    sealed.forget(1);
    sealed.work({ all: true });
    const archive = new HistoryArchive(sealed.folder);
    try {
      // Nobody listens for IPFIX any more.
      const sources = sealed.sources.slice(0, 1);
      assert.deepEqual(await silent(sources, {}, { archive }), [["192.0.2.3", 360]]);
    } finally {
      archive.close();
    }
  } finally {
    sealed.close();
  }
});

Deno.test("exporter_silent: a collector that is stopped hears nobody", async () => {
  const { source, ...fixture } = stopped();
  assert.deepEqual(await silent([source]), [["192.0.2.1", 610]]);
  const down = { ...fixture, from: TO - 10 * MINUTE, to: null };
  assert.deepEqual(await silent([source], { downtime: [down] }), []);
  // It was away for a while, and the exporter did not come back.
  assert.deepEqual(
    await silent([source], { downtime: [{ ...down, to: TO - 4 * MINUTE }] }),
    [["192.0.2.1", 250]],
  );
  assert.deepEqual(
    await silent([source], { downtime: [{ ...down, port: 9999 }] }),
    [["192.0.2.1", 610]],
  );
});

function stopped() {
  const of = { capability: "json_udp", port: 6343 };
  const fixture = new FlowFixture({ ...of, epoch: TO - 60 * MINUTE });
  fixture.add(...flows("192.0.2.1", 60, 10));
  return { ...of, source: fixture.source };
}
