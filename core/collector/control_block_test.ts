import assert from "node:assert/strict";
import { ControlBlock, sumCounters } from "./control_block.ts";

const AT = Date.UTC(2024, 0, 1);

Deno.test("ControlBlock counts in memory that outlives its writer", () => {
  const memory = ControlBlock.allocate();
  const first = new ControlBlock(memory);
  first.datagram(100);
  first.datagram(0);
  first.flowRecords(30);
  first.drop("records_beyond_payload", 7, AT);
  const second = new ControlBlock(memory);
  second.datagram(20);
  second.drop("records_beyond_payload", 2, AT);
  second.drop("decoder_fault", 1, AT);
  assert.deepEqual(new ControlBlock(memory).counters(), {
    datagrams: 3,
    datagram_bytes: 120,
    flow_records: 30,
    decode_errors: 3,
    sets_without_template: 0,
    templates: 0,
    interface_samples: 0,
    drops: { records_beyond_payload: 9, decoder_fault: 1 },
  });
});

Deno.test("the heartbeat moves with datagrams and by itself, never otherwise", () => {
  const control = new ControlBlock(ControlBlock.allocate());
  const beats = [control.heartbeat];
  control.beat();
  beats.push(control.heartbeat);
  control.datagram(1);
  beats.push(control.heartbeat);
  assert.equal(new Set(beats).size, 3);
  control.drop("bad_json", 1, AT);
  control.flowRecords(5);
  assert.equal(control.heartbeat, beats[2]);
});

Deno.test("sumCounters() adds counters and drops by reason", () => {
  const [a, b] = [1, 2].map((n) => {
    const control = new ControlBlock(ControlBlock.allocate());
    control.datagram(10 * n);
    control.drop(n === 1 ? "bad_json" : "bad_value", n, AT);
    control.drop("not_an_object", n, AT);
    return control.counters();
  });
  assert.deepEqual(sumCounters([a, b]), {
    datagrams: 2,
    datagram_bytes: 30,
    flow_records: 0,
    decode_errors: 4,
    sets_without_template: 0,
    templates: 0,
    interface_samples: 0,
    drops: { bad_json: 1, bad_value: 2, not_an_object: 3 },
  });
  assert.deepEqual(sumCounters([]).drops, {});
});

Deno.test("the last drop is dated where it may have cost flows", () => {
  const control = new ControlBlock(ControlBlock.allocate());
  control.drop("trailing_octets", 1, AT);
  assert.equal(control.lastDropMs, 0);
  control.drop("bad_json", 1, AT);
  control.drop("trailing_octets", 1, AT + 1000);
  assert.equal(control.lastDropMs, AT);
});
