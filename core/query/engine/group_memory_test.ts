import assert from "node:assert/strict";
import { GroupMemory, GroupNumbers } from "./group_memory.ts";

const PORTS = {};

Deno.test("what a question noted is there for the next of the same terms and names", () => {
  const memory = new GroupMemory();
  const page = {};
  const numbers = new GroupNumbers(PORTS);
  numbers.note(page, 3)!.set([1, 0, 2]);
  assert.equal(memory.numbers("service", PORTS), null);
  memory.keep("service", numbers);
  assert.deepEqual([...memory.numbers("service", PORTS)!.of(page)!], [1, 0, 2]);
  assert.equal(memory.numbers("service", PORTS)!.of({}), null);
  assert.equal(memory.numbers("src_addr", PORTS), null);
  // Services are others when other ports have names.
  assert.equal(memory.numbers("service", {}), null);
});

Deno.test("a page that is read in several goes is noted in one place", () => {
  const numbers = new GroupNumbers(PORTS);
  const page = {};
  assert.equal(numbers.note(page, 10), numbers.note(page, 10));
});

Deno.test("a question's numbers have a bound, and so have the questions", () => {
  const numbers = new GroupNumbers(PORTS);
  const noted = Array.from({ length: 1000 }, () => numbers.note({}, 65_536));
  assert(noted[0] !== null);
  assert.equal(noted.filter((ids) => ids !== null).length, 32);
  const memory = new GroupMemory();
  for (const terms of ["a", "b", "c", "d", "a", "e"]) memory.keep(terms, new GroupNumbers(PORTS));
  const held = ["a", "b", "c", "d", "e"].filter((terms) => memory.numbers(terms, PORTS) !== null);
  assert.deepEqual(held, ["a", "c", "d", "e"]);
});
