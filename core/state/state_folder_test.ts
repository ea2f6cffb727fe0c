import assert from "node:assert/strict";
import { stateFolder } from "./state_folder.ts";

const folder = (os: string, variables: Record<string, string | { denied: true }>) =>
  stateFolder(os, (name) => variables[name]);

for (
  const [os, variables, wanted] of [
    ["linux", { HOME: "/home/a" }, "/home/a/.local/state/flow-agent"],
    ["linux", { HOME: "/home/a", XDG_STATE_HOME: "/var/s" }, "/var/s/flow-agent"],
    ["linux", { HOME: "/home/a", XDG_STATE_HOME: "s" }, "/home/a/.local/state/flow-agent"],
    ["freebsd", { HOME: "/home/a" }, "/home/a/.local/state/flow-agent"],
    ["darwin", { HOME: "/Users/a" }, "/Users/a/Library/Application Support/flow-agent"],
    ["windows", { LOCALAPPDATA: "C:\\U\\L", HOME: "/x" }, "C:\\U\\L\\flow-agent"],
  ] as const
) {
  Deno.test(`stateFolder(): ${os} with ${JSON.stringify(variables)}`, () => {
    assert.equal(folder(os, variables), wanted);
  });
}

Deno.test("stateFolder() says what is missing", () => {
  assert.throws(() => folder("linux", {}), /none of XDG_STATE_HOME and HOME is set.*--db/);
  assert.throws(
    () => folder("linux", { HOME: { denied: true } }),
    /may not read HOME.*--allow-env=XDG_STATE_HOME,HOME, or name a folder with --db/,
  );
});
