import assert from "node:assert/strict";
import { zstdDecompressSync } from "node:zlib";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { findField } from "../../flow/schema.ts";
import type { Cell } from "./cell_reader.ts";
import { GROUP_ROWS, ParquetSink } from "./parquet_sink.ts";

const NAMES = ["received_at", "src_addr", "src_port", "in_if", "bytes", "application"] as const;

/** What a sink writes of rows, taken some octets at a time. */
function written(rows: number, cellOf: (row: number, field: number) => Cell): ArrayBuffer {
  const pieces: Uint8Array[] = [];
  const sink = new ParquetSink(NAMES.map((name) => findField(name)!), {
    writeSync: (bytes) => {
      const piece = bytes.slice(0, 100_000);
      pieces.push(piece);
      return piece.length;
    },
  });
  const cells = NAMES.map((_, field) => (row: number) => cellOf(row, field));
  for (let row = 0; row < rows; row++) sink.take(cells, row);
  sink.finish();
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole.buffer;
}

function read(file: ArrayBuffer): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({
    file,
    compressors: {
      ZSTD: (input, length) => zstdDecompressSync(input, { maxOutputLength: length || 1 }),
    },
  });
}

Deno.test("row groups are written as they fill, and all rows are read back", async () => {
  const rows = 2 * GROUP_ROWS + 5;
  const cellOf = (row: number, field: number): Cell =>
    (row + field) % 3 === 0 ? null : [
      1_790_000_000_000 + row,
      `2001:db8::${row % 5000}`,
      row % 65_536,
      4_294_967_295 - row,
      row * 1.5,
      `app ${row % 7}`,
    ][field];
  const file = written(rows, cellOf);
  assert.deepEqual(
    parquetMetadata(file).row_groups.map(({ num_rows }) => Number(num_rows)),
    [GROUP_ROWS, GROUP_ROWS, 5],
  );
  const found = await read(file);
  assert.equal(found.length, rows);
  for (let row = 0; row < rows; row++) {
    for (let field = 0; field < NAMES.length; field++) {
      const value = found[row][NAMES[field]];
      const cell = value instanceof Date ? value.getTime() : value;
      if (cell !== cellOf(row, field)) {
        assert.equal(cell, cellOf(row, field), `row ${row} ${NAMES[field]}`);
      }
    }
  }
});

Deno.test("values at the ends of their ranges, columns of nothing and files of nothing", async () => {
  const edges: readonly (readonly Cell[])[] = [
    [-62_135_596_800_000, "::", 0, 0, 0, ""],
    [253_402_300_799_999, "0.0.0.0", 65_535, 4_294_967_295, 2 ** 64 * 1000, "😀"],
    [0, null, null, null, 2 ** -20, null],
  ];
  const found = await read(written(edges.length, (row, field) => edges[row][field]));
  const cells = found.map((row) => {
    const [at, ...rest] = NAMES.map((name) => row[name]);
    return [(at as Date).getTime(), ...rest];
  });
  assert.deepEqual(cells, edges);
  const nothing = await read(written(3, () => null));
  assert.deepEqual(nothing.map((row) => Object.values(row)), Array(3).fill(Array(6).fill(null)));
  assert.deepEqual(await read(written(0, () => null)), []);
});
