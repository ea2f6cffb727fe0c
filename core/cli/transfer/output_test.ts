import assert from "node:assert/strict";
import { temporaryFolder } from "../../../tests/support/temporary_folder.ts";
import { openOutputFile } from "./output.ts";

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

const BYTES = new TextEncoder().encode("flows");

Deno.test("a file stands under its name when it is whole, for its owner alone", () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/flows.csv`;
  const output = openOutputFile(path);
  output.writeSync(BYTES);
  output.writeSync(BYTES);
  assert.deepEqual(namesIn(folder.path), ["flows.csv.part"]);
  output.keep();
  assert.deepEqual(namesIn(folder.path), ["flows.csv"]);
  assert.equal(Deno.readTextFileSync(path), "flowsflows");
  if (Deno.build.os !== "windows") assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
});

Deno.test("a file that is discarded leaves nothing", () => {
  using folder = temporaryFolder();
  const output = openOutputFile(`${folder.path}/flows.csv`);
  output.writeSync(BYTES);
  output.discard();
  assert.deepEqual(namesIn(folder.path), []);
});

Deno.test("a file that is there stays, and so does one that is being written", () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/flows.csv`;
  const output = openOutputFile(path);
  assert.throws(() => openOutputFile(path), /flows\.csv\.part is there already: another export/);
  output.keep();
  assert.throws(() => openOutputFile(path), /flows\.csv is there already; name another file/);
});

Deno.test("where no file can be, it says why", () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/missing/flows.csv`;
  assert.throws(() => openOutputFile(path), {
    name: "CommandFailure",
    message: /flows\.csv\.part cannot be written: No such file/,
  });
});
