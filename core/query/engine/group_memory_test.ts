import assert from "node:assert/strict";
import { GroupMemory } from "./group_memory.ts";

const PORTS = {};

Deno.test("what a question noted is there for the next of the same terms and names", () => {
  const memory = new GroupMemory();
  const page = {};
  memory.numbers("service", PORTS).numbersOf(page, 3)!.set([1, 0, 2]);
  assert.deepEqual([...memory.numbers("service", PORTS).numbersOf(page, 3)!], [1, 0, 2]);
  assert.deepEqual([...memory.numbers("service", PORTS).numbersOf({}, 3)!], [0, 0, 0]);
  assert.deepEqual([...memory.numbers("src_addr", PORTS).numbersOf(page, 3)!], [0, 0, 0]);
  // Services are others when other ports have names.
  assert.deepEqual([...memory.numbers("service", {}).numbersOf(page, 3)!], [0, 0, 0]);
});

Deno.test("the codes that have numbers have a bound, beyond which they are forgotten in time", () => {
  const memory = new GroupMemory();
  const numbers = memory.numbers("src_addr", PORTS);
  const pages = Array.from({ length: 100 }, () => ({}));
  const room = () => pages.filter((page) => numbers.numbersOf(page, 65_536) !== null).length;
  assert.deepEqual([room(), room()], [32, 32]);
  assert.equal(memory.numbers("src_addr", PORTS), numbers);
  for (let i = 0; i < 20; i++) room();
  assert.notEqual(memory.numbers("src_addr", PORTS), numbers);
});

Deno.test("the numbers that are given out have a bound", () => {
  const numbers = new GroupMemory().numbers("src_addr", PORTS);
  numbers.count = (1 << 21) - 10;
  assert.notEqual(numbers.numbersOf({}, 10), null);
  assert.equal(numbers.numbersOf({}, 11), null);
});

Deno.test("the questions that are remembered have a bound", () => {
  const memory = new GroupMemory();
  const page = {};
  for (const terms of ["a", "b", "c", "d"]) memory.numbers(terms, PORTS).numbersOf(page, 1)![0] = 1;
  for (const terms of ["a", "e"]) memory.numbers(terms, PORTS);
  const held = ["a", "c", "d", "e"].map((terms) => memory.numbers(terms, PORTS));
  assert.deepEqual(held.map((numbers) => numbers.numbersOf(page, 1)![0]), [1, 1, 1, 0]);
});
