import assert from "node:assert/strict";
import { splitMembers, splitObjects } from "./split_objects.ts";

const OBJECTS: [string, string[]][] = [
  ["", []],
  ["rubbish", []],
  ['[{"a":1},{"b":2}]', ['{"a":1}', '{"b":2}']],
  ['{"a":{"b":{}}}{"c":1}', ['{"a":{"b":{}}}', '{"c":1}']],
  ['[{"a":"}{"},{"b":"\\"}"}]', ['{"a":"}{"}', '{"b":"\\"}"}']],
  ['"outside { a string" {"a":1}', ['{ a string" {"a":1}']],
  ['}}]{"a":1}', ['{"a":1}']],
  ['{"a":1},{"b', ['{"a":1}', '{"b']],
  ['{"a":"\\', ['{"a":"\\']],
];

Deno.test("splitObjects() finds top-level objects by their braces, outside of strings", () => {
  for (const [text, expected] of OBJECTS) assert.deepEqual(splitObjects(text), expected, text);
});

const MEMBERS: [string, string[]][] = [
  ["{}", ["{}"]],
  ['{"a":{"b":1}}', ['{"a":{"b":1}}']],
  ['{"a":1,{"b":2}]', ['{"a":1,', '{"b":2}]']],
  ['{"a":"x}, \n {"b":2},{"c":3}]', ['{"a":"x}, \n ', '{"b":2},', '{"c":3}]']],
  ['{"a":[{"b":1}]}', ['{"a":[', '{"b":1}]}']],
  ['{"a":"x {y"}', ['{"a":"x {y"}']],
];

Deno.test("splitMembers() cuts where a member may begin, and never at a value", () => {
  for (const [text, expected] of MEMBERS) {
    assert.deepEqual(splitMembers(text), expected, text);
    assert.equal(splitMembers(text).join(""), text);
  }
});
