import assert from "node:assert/strict";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { openToRead } from "./history_connection.ts";
import { HISTORY_FILE, openHistory } from "./history_database.ts";

Deno.test("a connection makes a statement once, however often it is asked for", () => {
  using folder = temporaryFolder();
  openHistory(folder.path).close();
  const { database, prepare } = openToRead(`${folder.path}/${HISTORY_FILE}`)!;
  const statement = prepare("SELECT ? AS asked");
  assert.deepEqual({ ...statement.get(1) }, { asked: 1 });
  assert.equal(prepare("SELECT ? AS asked"), statement);
  assert.deepEqual({ ...statement.get(2) }, { asked: 2 });
  assert.notEqual(prepare("SELECT 3"), statement);
  database.close();
});
