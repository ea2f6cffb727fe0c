import { doesNotMatch, ok, strictEqual } from "node:assert/strict";
import { FilterError } from "./filter_error.ts";
import { parseFilter } from "./parse_filter.ts";

function messageOf(text: string): string {
  try {
    parseFilter(text);
  } catch (error) {
    ok(error instanceof FilterError);
    return error.message;
  }
  throw new Error(`no error in ${text}`);
}

Deno.test("FilterError shows the place, what was found and wanted, and the nearest word", () => {
  strictEqual(
    messageOf("src net 10.0.0.0/8 and proto tpc"),
    [
      'Cannot read the filter at character 30: found "tpc", expected a protocol such as tcp, ' +
      "a number from 0 to 255 or a range such as 10-20 within 0-255.",
      "  src net 10.0.0.0/8 and proto tpc",
      "                               ^",
      "Did you mean tcp?",
    ].join("\n"),
  );
});

Deno.test("FilterError keeps the caret in place behind characters that do not show", () => {
  strictEqual(
    messageOf('vrf = "\u202eé\u0000" and\n\tprt 5').split("\n").slice(1, 3).join("\n"),
    '  vrf = " é " and  prt 5\n                   ^',
  );
});

Deno.test("FilterError cuts long filters around the place", () => {
  const text = `${"tcp or ".repeat(200)}prt 5${" or tcp".repeat(200)}`;
  const [, line, caret] = messageOf(text).split("\n");
  ok(line.length < 130);
  strictEqual(line.slice(caret.length - 1).slice(0, 5), "prt 5");
});

Deno.test("FilterError does not carry control characters from the filter into its message", () => {
  doesNotMatch(messageOf("tcp \u0000\u202e\u0007"), /[^\P{C}\n]/u);
  doesNotMatch(messageOf('tcp "\u001b[31m\u202e"'), /[^\P{C}\n]/u);
});
