import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { captureCases, NETFLOW_CASES, SAMPLED_PACKETS } from "../support/captures.ts";
import { type FlowSummary, summariesOfTshark, summaryOfRecord } from "../support/flow_summary.ts";
import { runProgram } from "../support/program.ts";
import { readWithTshark, tshark } from "../support/tshark.ts";

/** Flows that tshark does not show, and why it is right to have them. */
const UNSEEN: Readonly<Record<string, { flows: number; because: string }>> = {
  "ipfix-pcap-cisco-reversed": {
    flows: 33,
    because: "data stands before its template; RFC 7011 §8.1 lets a collector keep it until then",
  },
  "ipfix-pmacct-112-options-map-reassignment": {
    flows: 9,
    because: "templates come from one port of the exporter and data from another, which tshark " +
      "takes for two sessions; no data could be read without (docs/adr/0009)",
  },
  "netflow9-h3c": {
    flows: 15,
    because:
      "a field of 65,535 octets in version 9 is one of variable length, as RFC 7011 §7 has " +
      "it; tshark takes the length for the field's and calls the message malformed",
  },
  "netflow9-invalid-01": {
    flows: 2,
    because: "the header counts 2 records, the message has 6; RFC 3954 §5.1 has it count all, " +
      "and the length of the datagram tells how many there are",
  },
};

const cases = captureCases(NETFLOW_CASES);

Deno.test("tshark: there are cases to compare", () => assert.ok(cases.length >= 33));

for (const { id, file } of cases) {
  const unseen = UNSEEN[id]?.flows ?? 0;
  Deno.test({
    name: `tshark: decode sees what tshark sees in ${id}` +
      (unseen > 0 ? `, and ${unseen} flows more` : "") + tshark.reason,
    ignore: tshark.missing,
    async fn() {
      const theirs = summariesOfTshark(await readWithTshark(file));
      const { status, stdout, stderr } = await runProgram(["decode", file], {
        task: "decode",
      });
      assert.equal(status, 0, stderr.join("\n"));
      const ours = stdout.map((line) => summaryOfRecord(JSON.parse(line)));
      assert.equal(ours.length, theirs.length + unseen, UNSEEN[id]?.because);
      if (SAMPLED_PACKETS.includes(id)) return;
      const seen = unseen > 0 ? alike(ours, theirs) : ours;
      assert.deepEqual(seen.map((flow, n) => told(flow, theirs[n])), theirs);
    },
  });
}

/** Of ours, what theirs tells too. */
function told(ours: FlowSummary, theirs: Partial<FlowSummary>): Partial<FlowSummary> {
  return Object.fromEntries(
    Object.keys(theirs).map((name) => [name, ours[name as keyof FlowSummary]]),
  );
}

/** Those of ours that are like one of theirs, in the order of theirs. */
function alike(
  ours: readonly FlowSummary[],
  theirs: readonly Partial<FlowSummary>[],
): FlowSummary[] {
  const left = [...ours];
  return theirs.flatMap((flow) => {
    const place = left.findIndex((own) => isDeepStrictEqual(told(own, flow), flow));
    return place < 0 ? [] : left.splice(place, 1);
  });
}
