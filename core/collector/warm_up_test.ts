import assert from "node:assert/strict";
import { builtInCapabilities } from "../../capabilities/registry.ts";
import type { Codec, CodecContext } from "../wire/codec.ts";
import type { Capability } from "./capability.ts";
import { warmUp } from "./warm_up.ts";

/** What a codec was given to decode while it was warmed up, and what came of it. */
interface Seen {
  datagrams: number;
  /** First two octets of each. */
  versions: number[];
  flows: number;
  problems: string[];
}

/** A capability that notes what its codec is given, before `decode` or the codec itself has it. */
function watched(
  capability: Capability,
  decode?: (context: CodecContext) => Codec["decode"],
): { capability: Capability; seen: Seen } {
  const seen: Seen = { datagrams: 0, versions: [], flows: 0, problems: [] };
  const buildCodec = (context: CodecContext): Codec => {
    const codec = capability.buildCodec({
      ...context,
      report: (error) => seen.problems.push(error.code),
    });
    return {
      decode: (...given) => {
        seen.datagrams++;
        seen.versions.push(given[0][0] << 8 | given[0][1]);
        (decode?.(context) ?? codec.decode.bind(codec))(...given);
        seen.flows = context.rows.next;
      },
    };
  };
  return { capability: { ...capability, buildCodec }, seen };
}

/** A clock that never moves on. */
const still = () => 0;

for (const builtIn of builtInCapabilities) {
  Deno.test(`warmUp() decodes what ${builtIn.name} takes, without a problem`, () => {
    const { capability, seen } = watched(builtIn);
    warmUp(capability, still);
    assert.ok(seen.datagrams >= 200, `${seen.datagrams} datagrams`);
    assert.ok(seen.flows > seen.datagrams, `${seen.flows} flows`);
    assert.deepEqual(seen.problems, []);
  });
}

Deno.test("warmUp() ends where a machine is slow", () => {
  const { capability, seen } = watched(builtInCapabilities[0]);
  let nowMs = 0;
  warmUp(capability, () => nowMs += 40);
  assert.ok(seen.datagrams <= 4, `${seen.datagrams} datagrams`);
});

Deno.test("warmUp() practises all formats of a protocol alike, however slow a machine is", () => {
  const netflow = builtInCapabilities.find(({ name }) => name === "netflow_udp")!;
  const { capability, seen } = watched(netflow);
  let turns = 0;
  warmUp(capability, () => turns++);
  const counts = [5, 9, 10].map((version) => seen.versions.filter((one) => one === version).length);
  assert.ok(Math.min(...counts) >= 40, counts.join());
  assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, counts.join());
});

Deno.test("warmUp() passes over a decoder that throws", () => {
  const { capability, seen } = watched(builtInCapabilities[0], () => () => {
    throw new TypeError("a defect");
  });
  warmUp(capability, still);
  assert.ok(seen.datagrams > 0);
});
