import assert from "node:assert/strict";
import { checkBuffer } from "./check_buffer.ts";

const STOCK = { datagrams: 92, atLeast: false };
const LINUX = { rate: null, os: "linux" };

Deno.test("a stock buffer is a note where no rate is known, and a fault where it is too high", () => {
  const note = checkBuffer(STOCK, LINUX);
  assert.equal(note.verdict, "note");
  assert.match(note.text, /^holds 92 datagrams of 1,464 octets: good to 9,200 datagrams\/s/);
  assert.equal(note.remedy?.[0], "sudo sysctl -w net.core.rmem_default=4194304");
  assert.equal(checkBuffer(STOCK, { ...LINUX, rate: 9000 }).verdict, "ok");
  const fault = checkBuffer(STOCK, { ...LINUX, rate: 50_000 });
  assert.equal(fault.verdict, "fault");
  assert.match(fault.text, /and 50,000 come$/);
});

Deno.test("an enlarged buffer is fine, and one that nobody can probe is a note", () => {
  const large = { datagrams: 4096, atLeast: true };
  assert.equal(checkBuffer(large, LINUX).verdict, "ok");
  assert.match(checkBuffer(large, LINUX).text, /^holds at least 4,096 datagrams/);
  assert.equal(checkBuffer(null, LINUX).verdict, "note");
});

Deno.test("where the system has no such setting, exporters are to be shared out", () => {
  const { remedy } = checkBuffer(STOCK, { rate: 50_000, os: "windows" });
  assert.deepEqual(remedy, ["share exporters out among several ports"]);
});
