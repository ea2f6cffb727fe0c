import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { NameDirectory } from "../../names/name_directory.ts";
import { readRecord } from "../../flow/record_reader.ts";
import { seededRandom } from "../../wire/encode/seeded_random.ts";
import { compileFilter } from "./compile_filter.ts";
import { FilterError } from "./filter_error.ts";
import { filterFields } from "./filter_fields.ts";
import { STARTING_WORDS } from "./filter_words.ts";
import { formatFilter } from "./format_filter.ts";
import { parseFilter } from "./parse_filter.ts";
import { NAME_DATA } from "../../../tests/support/filter/sample_names.ts";
import { naiveMatch } from "../../../tests/support/filter/naive_filter.ts";
import { randomFilter } from "../../../tests/support/filter/random_filter.ts";
import { randomRows } from "../../../tests/support/filter/random_rows.ts";
import { pick } from "../../../tests/support/filter/sample_values.ts";

const directory = new NameDirectory(NAME_DATA);

Deno.test("parseFilter() of a random tree's canonical text gives the tree", () => {
  const random = seededRandom(1);
  for (let i = 0; i < 5000; i++) {
    const node = randomFilter(random, i % 4);
    const text = formatFilter(node);
    // Trees of four levels can outgrow what a filter may have.
    if (text.length > 4096) continue;
    deepStrictEqual(parseFilter(text), node, text);
    deepStrictEqual(parseFilter(text, { directory }), node, text);
  }
});

Deno.test("compileFilter() agrees with the naive evaluator on random rows", () => {
  const random = seededRandom(2);
  const { columns, dictionary, count } = randomRows(random, 100);
  const records = Array.from(
    { length: count },
    (_, slot) => readRecord(columns, slot, { capability: "netflow_udp", dictionary }),
  );
  let matched = 0;
  const filters = 3000;
  for (let i = 0; i < filters; i++) {
    const node = randomFilter(random, i % 3);
    const names = new Set<string>(["presence", ...filterFields(node)]);
    const needed = Object.fromEntries(Object.entries(columns).filter(([name]) => names.has(name)));
    const test = compileFilter(node, {
      dictionary,
      directory,
      columns: { presence: columns.presence, ...needed },
    });
    records.forEach((record, slot) => {
      const wanted = naiveMatch(node, record);
      if (wanted) matched++;
      strictEqual(test(slot), wanted, `${formatFilter(node)} on ${JSON.stringify(record)}`);
    });
  }
  // Otherwise the rows test nothing.
  ok(matched > 0.1 * filters * count && matched < 0.9 * filters * count, `${matched} matched`);
});

const SOUP = [
  ...STARTING_WORDS,
  ..."( ) [ ] , = == != < <= > >= && || ! and or not in contains hop if - / : . % ' \" \\".split(
    " ",
  ),
  ..."10.0.0.1 10.0.0.0/8 10/8 ::1 ::/0 ::ffff:1.2.3.4/96 80 80-90 90-80 1M 1.5Ki 5ms 1e9".split(
    " ",
  ),
  ...'https dns tcp/443 udp/99999 DE in OR "wan-1" "and" "3com-tsmux"'.split(" "),
  ..."0xff -1 1e400 999999999999999999999 syn SA \"http\" 'x' ingress tpc adn \u0000 é 😀 \ud800"
    .split(
      " ",
    ),
];

Deno.test("parseFilter() of random tokens gives a tree that survives its text, or a FilterError", () => {
  const random = seededRandom(3);
  let parsed = 0;
  for (let i = 0; i < 30_000; i++) {
    const length = 1 + Math.floor(random() * (i % 12));
    const glue = random() < 0.9 ? " " : "";
    const text = Array.from({ length }, () => pick(random, SOUP)).join(glue);
    try {
      const node = parseFilter(text);
      parsed++;
      deepStrictEqual(parseFilter(formatFilter(node)), node, text);
    } catch (error) {
      ok(error instanceof FilterError, `${text}: ${error}`);
      ok(error.position >= 0 && error.position <= text.length, text);
      ok(error.expected.length > 0, text);
    }
  }
  ok(parsed > 500, `${parsed} parsed`);
});

Deno.test("parseFilter() of good filters with random damage throws nothing but FilterError", () => {
  const random = seededRandom(4);
  for (let i = 0; i < 10_000; i++) {
    const units = [...formatFilter(randomFilter(random, 2))];
    for (let edit = 0; edit <= i % 4; edit++) {
      const at = Math.floor(random() * units.length);
      const insert = random() < 0.5 ? [pick(random, [..."()[]\"'!=<>&|/:.%-, \\x0"])] : [];
      units.splice(at, Math.floor(random() * 3), ...insert);
    }
    const text = units.join("");
    try {
      parseFilter(text);
    } catch (error) {
      ok(error instanceof FilterError, `${text}: ${error}`);
    }
  }
});
