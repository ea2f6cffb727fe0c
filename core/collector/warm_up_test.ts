import assert from "node:assert/strict";
import { builtInCapabilities } from "../../capabilities/registry.ts";
import type { Codec, CodecContext } from "../wire/codec.ts";
import type { Capability } from "./capability.ts";
import { warmUp } from "./warm_up.ts";

/** What a codec was given to decode while it was warmed up, and what came of it. */
interface Seen {
  datagrams: number;
  flows: number;
  problems: string[];
}

/** A capability that notes what its codec is given, before `decode` or the codec itself has it. */
function watched(
  capability: Capability,
  decode?: (context: CodecContext) => Codec["decode"],
): { capability: Capability; seen: Seen } {
  const seen: Seen = { datagrams: 0, flows: 0, problems: [] };
  const buildCodec = (context: CodecContext): Codec => {
    const codec = capability.buildCodec({
      ...context,
      report: (error) => seen.problems.push(error.code),
    });
    return {
      decode: (...given) => {
        seen.datagrams++;
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

Deno.test("warmUp() passes over a decoder that throws", () => {
  const { capability, seen } = watched(builtInCapabilities[0], () => () => {
    throw new TypeError("a defect");
  });
  warmUp(capability, still);
  assert.ok(seen.datagrams > 0);
});
