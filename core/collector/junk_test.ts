import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ROOT } from "../../tests/support/program.ts";
import type { CollectorCounters } from "./control_block.ts";

const RANDOM = 10_000;
/** Generous: the rows, dictionary and exporters that junk can fill are a few MiB. */
const MAX_GROWTH_MIB = 64;

interface Outcome {
  /** After the empty, short, truncated and lying datagrams. */
  structured: CollectorCounters;
  /** After the random ones. */
  after: CollectorCounters;
  restarts: number;
  grownMiB: number;
}

/** What a real collector in a process of its own made of the junk. */
async function sendJunk(capability: string): Promise<Outcome> {
  const script = fileURLToPath(new URL("../../tests/support/junk_scenario.ts", import.meta.url));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--allow-net=127.0.0.1",
      "--allow-read",
      script,
      capability,
      String(RANDOM),
    ],
    cwd: ROOT,
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** 1 empty, 1 of an octet, one of each length from 2 to 1463, 1 that lies about its count, 1 empty. */
const STRUCTURED = 1 + 1 + 1462 + 1 + 1;
const AFTER = STRUCTURED + RANDOM / 10 + RANDOM + 1;

Deno.test("netflow_udp counts every kind of junk by its reason, and lives on", async () => {
  const { structured, after, restarts, grownMiB } = await sendJunk("netflow_udp");
  let flows = 1;
  let missing = 29;
  for (let length = 24; length < 24 + 30 * 48; length++) {
    const whole = Math.floor((length - 24) / 48);
    flows += whole;
    missing += 30 - whole;
  }
  assert.equal(structured.datagrams, STRUCTURED);
  assert.equal(structured.flow_records, flows);
  assert.deepEqual(structured.drops, {
    // Once the last empty one has been counted it may not have been decoded yet.
    empty_datagram: structured.drops.empty_datagram,
    truncated_header: 1 + 22,
    records_beyond_payload: missing,
  });
  assert.ok([1, 2].includes(structured.drops.empty_datagram!));
  assert.equal(after.datagrams, AFTER);
  assert.ok(after.drops.unknown_version! > RANDOM / 2.1);
  assert.equal(after.drops.decoder_fault, undefined);
  assert.ok(after.flow_records > structured.flow_records);
  assert.equal(restarts, 0);
  assert.ok(grownMiB < MAX_GROWTH_MIB, `memory grew by ${grownMiB} MiB`);
});

Deno.test("json_udp counts every kind of junk by its reason, and lives on", async () => {
  const { structured, after, restarts, grownMiB } = await sendJunk("json_udp");
  assert.equal(structured.datagrams, STRUCTURED);
  assert.equal(structured.flow_records, 0);
  // No line of a datagram of zeros is JSON; lengths of one octet are not either.
  assert.ok(structured.drops.bad_json! >= 1 + 1462 + 1);
  assert.ok([1, 2].includes(structured.drops.empty_datagram!));
  assert.equal(after.datagrams, AFTER);
  assert.ok(after.decode_errors >= AFTER - 1, "each is counted");
  assert.equal(after.drops.decoder_fault, undefined);
  assert.equal(restarts, 0);
  assert.ok(grownMiB < MAX_GROWTH_MIB, `memory grew by ${grownMiB} MiB`);
});
