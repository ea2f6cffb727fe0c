import assert from "node:assert/strict";
import { QuestionHouse } from "./questions/question_house.ts";
import { set, template, v9 } from "./support/netflow_messages.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Minutes: since the start of the collectors, of datagrams without flows, of flows, of nothing. */
const SCENES: readonly {
  title: string;
  before: number;
  flowless: number;
  flows: number;
  silent: number;
  severity: "info" | "warning";
}[] = [
  {
    title: "one that was always there",
    before: 0,
    flowless: 0,
    flows: 2,
    silent: 6,
    severity: "warning",
  },
  {
    title: "one that came new and left",
    before: 10,
    flowless: 0,
    flows: 2,
    silent: 6,
    severity: "info",
  },
  {
    title: "one that has been heard for longer than it has sent flows",
    before: 10,
    flowless: 20,
    flows: 2,
    silent: 6,
    severity: "warning",
  },
];

for (const { title, before, flowless, flows, silent, severity } of SCENES) {
  Deno.test(`every tool grades the silence of an exporter alike: ${title}`, async () => {
    await using house = await QuestionHouse.open();
    house.pass(before * MINUTE);
    if (flowless > 0) {
      const seconds = Math.floor(house.nowMs / SECOND);
      await house.sendRaw(
        "netflow_udp",
        v9([set(0, template(256, [[8, 4], [12, 4]]))], { seconds }),
      );
      house.pass(flowless * MINUTE);
    }
    for (let at = 0; at < flows * MINUTE; at += 5 * SECOND) {
      const flow = { src: "10.0.0.1", dst: "10.0.0.2", bytes: 100, packets: 1 };
      await house.sendRaw("json_udp", new TextEncoder().encode(JSON.stringify(flow)));
      house.pass(5 * SECOND);
    }
    house.pass(silent * MINUTE);
    const { items: advice } = await house.ask("get_recommendations", {});
    const { items: anomalies } = await house.ask("find_anomalies", {
      anomaly_type: "exporter_silent",
    });
    const { items: findings } = await house.ask("diagnose_exporter", { address: "127.0.0.1" });
    const told: Record<string, string[]> = {
      advice: severities(advice, ({ title }) => /^Find out why exporters fell/.test(title)),
      advised: severities(advice, ({ title }) => /exporter silent/.test(title)),
      anomaly: severities(anomalies, () => true),
      diagnosis: severities(findings, ({ finding }) => finding === "silent"),
    };
    for (const [who, said] of Object.entries(told)) assert.deepEqual(said, [severity], who);
  });
}

function severities(
  items: readonly Record<string, string>[],
  chosen: (item: Record<string, string>) => boolean,
): string[] {
  return items.filter(chosen).map(({ severity }) => severity);
}
