import assert from "node:assert/strict";
import { temporaryFolder } from "../../tests/support/temporary_folder.ts";
import { CaptureFolder } from "./capture_folder.ts";
import { RecordingFailure } from "./recording_failure.ts";

const NOW = Date.UTC(2024, 0, 2, 3, 4, 5, 678);

function folderOf(folder: string, limits: { maxFileBytes?: number; maxFolderBytes?: number } = {}) {
  return new CaptureFolder({
    folder,
    maxFileBytes: 10_000,
    maxFolderBytes: 100_000,
    ...limits,
  });
}

Deno.test("CaptureFolder names files by exporter, second and a number, and leaves what is there", () => {
  using folder = temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/192.0.2.1_20240102T030405Z_2.pcap`, "mine");
  const names = [1, 2, 3].map(() => {
    const file = folderOf(folder.path).create("192.0.2.1", NOW);
    file.write(Uint8Array.of(1, 2));
    file.close();
    assert.equal(file.octets, 2);
    return file.name;
  });
  assert.deepEqual(names, [1, 3, 4].map((n) => `192.0.2.1_20240102T030405Z_${n}.pcap`));
  assert.equal(Deno.readTextFileSync(`${folder.path}/192.0.2.1_20240102T030405Z_2.pcap`), "mine");
});

Deno.test("CaptureFolder makes its folder for its owner alone, and files likewise", () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/new/captures`;
  const file = folderOf(path).create("a", NOW);
  file.close();
  assert.equal(Deno.statSync(path).mode! & 0o777, 0o700);
  assert.equal(Deno.statSync(`${path}/${file.name}`).mode! & 0o777, 0o600);
  file.remove();
  assert.deepEqual([...Deno.readDirSync(path)], []);
});

Deno.test("CaptureFolder follows no link that somebody put in its way", () => {
  using folder = temporaryFolder();
  const target = `${folder.path}/target`;
  Deno.writeTextFileSync(target, "mine");
  Deno.symlinkSync(target, `${folder.path}/a_20240102T030405Z_1.pcap`);
  const file = folderOf(folder.path).create("a", NOW);
  file.write(Uint8Array.of(1));
  file.close();
  assert.equal(file.name, "a_20240102T030405Z_2.pcap");
  assert.equal(Deno.readTextFileSync(target), "mine");
});

Deno.test("CaptureFolder counts all captures that lie there, and makes none where it is full", () => {
  using folder = temporaryFolder();
  Deno.writeFileSync(`${folder.path}/older.pcap`, new Uint8Array(94_000));
  Deno.writeFileSync(`${folder.path}/notes.txt`, new Uint8Array(94_000));
  const file = folderOf(folder.path).create("a", NOW);
  file.close();
  assert.equal(file.maxOctets, 6000);
  Deno.writeFileSync(`${folder.path}/more.pcap`, new Uint8Array(3000));
  assert.throws(
    () => folderOf(folder.path).create("a", NOW),
    (error: Error) =>
      error instanceof RecordingFailure &&
      /take 97000 of 100000 octets; move some away, or raise capture\.max_folder_bytes/
        .test(error.message),
  );
  assert.ok(Deno.statSync(`${folder.path}/older.pcap`).isFile);
});

Deno.test("CaptureFolder says what is in the way: a file in place of the folder", () => {
  using folder = temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/file`, "");
  assert.throws(
    () => folderOf(`${folder.path}/file`).create("a", NOW),
    (error: Error) =>
      error instanceof RecordingFailure && /cannot write .*file/.test(error.message),
  );
});
