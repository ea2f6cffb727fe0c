import assert from "node:assert/strict";
import { NAME_DATA } from "../../../tests/support/filter/sample_names.ts";
import { FlowFixture } from "../../../tests/support/flow_fixture.ts";
import { Dictionary } from "../../flow/dictionary.ts";
import { InterfaceNames } from "../../flow/interface_names.ts";
import { LearntInterfaces } from "../../names/learnt_interfaces.ts";
import { NO_NAME_DATA } from "../../names/name_data.ts";
import { NameDirectory } from "../../names/name_directory.ts";
import { compileFilter } from "./compile_filter.ts";
import { FilterError } from "./filter_error.ts";
import { filterFields } from "./filter_fields.ts";
import { formatFilter } from "./format_filter.ts";
import { parseFilter } from "./parse_filter.ts";

const directory = new NameDirectory(NAME_DATA);

const CANONICAL: readonly [text: string, canonical: string][] = [
  ["port HTTPS", "port https"],
  ["dst port = https", "dst port https"],
  ["src port in [http, https]", "src port in [http https]"],
  ["port in [80 https 8000-8100]", "port in [80 8000-8100] or port https"],
  ["not port in [80 https]", "not (port 80 or port https)"],
  ['port "3com-tsmux"', 'port "3com-tsmux"'],
  ['port "and"', 'port "and"'],
  ["tcp dst port https", "proto tcp and dst port https"],
  ["service dns", "service dns"],
  ["service in [dns tcp/08443]", "service in [dns tcp/8443]"],
  ['src label "head office"', 'src label "head office"'],
  ["label and_more", 'label "and_more"'],
  ["not label in [lab, 'head office']", 'not (label "lab" or label "head office")'],
  [
    "src host in [10.0.0.1 10.0.0.2] and tcp",
    "(src host 10.0.0.1 or src host 10.0.0.2) and proto tcp",
  ],
  ["port 1 or net in [10.0.0.0/8 ::/0]", "port 1 or (net 10.0.0.0/8 or net ::/0)"],
  ["tcp portrange 1-2", "proto tcp and port 1-2"],
  ["src internal and dst external", "src internal and dst external"],
  ["src or dst internal", "internal"],
  ["dst country de", "dst country DE"],
  ["country in [de, at ch]", "country in [DE AT CH]"],
  ["country in and country in [in]", "country IN and country IN"],
  ['country germany or src country "United Kingdom"', "country DE or src country GB"],
  ["country in [uk, 'Côte d’Ivoire' FR]", "country in [GB CI FR]"],
  ["as example and src as 'Example Net'", 'as "example" and src as "example net"'],
  ["dst as = AS64500 or as as64500", "dst as 64500 or as 64500"],
  ["as in [1 AS2 3-4]", "as in [1 2 3-4]"],
  ["not as in [1 example, 'and']", 'not (as 1 or as in ["example" "and"])'],
  ['src_as = "7018"', 'src as "7018"'],
  ["in if wan-1 or if 'Gi0/1'", 'in if "wan-1" or if "Gi0/1"'],
  ["in if 3 and out if in [1 2]", "in if 3 and out if in [1 2]"],
];
for (const [text, canonical] of CANONICAL) {
  Deno.test(`formatFilter() writes ${text} in canonical form`, () => {
    const node = parseFilter(text);
    assert.equal(formatFilter(node), canonical);
    assert.deepEqual(parseFilter(canonical), node);
  });
}

/** A caret in the text marks the position; it is not part of the filter. */
const REFUSED: readonly [marked: string, found: string, nearest: string | null][] = [
  ["port ^htps", '"htps"', "https"],
  ["dst port in [80 ^htttps]", '"htttps"', "https"],
  ["port ^intranot", '"intranot"', "intranet"],
  ["service ^80", '"80"', null],
  ["service ^tcp/65536", '"tcp/65536"', null],
  ['label ^"head ofice"', 'the text "head ofice"', "head office"],
  ["label ^and", '"and"', null],
  ["country ^germnay", '"germnay"', "germany"],
  ["src country ^'Frence'", "the text 'Frence'", "france"],
  ["country ^and", '"and"', null],
  ["country ^united states", '"united"', null],
  ["as ^exmaple", '"exmaple"', "example"],
  ["dst as in [1 ^cluod]", '"cluod"', "cloud"],
  ["as ^and", '"and"', null],
  ["as ^''", "the text ''", null],
  ["as > ^example", '"example"', null],
  ["src country in [DE ^5]", '"5"', null],
  ["src ^intrenal", '"intrenal"', "internal"],
  ["in if ^and", '"and"', null],
  ["bytes > ^https", '"https"', null],
  ["vlan ^https", '"https"', null],
  ["port > ^https", '"https"', null],
];
for (const [marked, found, nearest] of REFUSED) {
  Deno.test(`parseFilter() refuses ${marked} at the caret`, () => {
    assert.throws(() => parseFilter(marked.replace("^", ""), { directory }), (error) => {
      assert.ok(error instanceof FilterError);
      assert.deepEqual(
        [error.position, error.found, error.nearest],
        [marked.indexOf("^"), found, nearest],
      );
      return true;
    });
  });
}

Deno.test("parseFilter() takes names as they come where it does not know what there are", () => {
  assert.deepEqual(parseFilter("service our-own"), { kind: "service", names: ["our-own"] });
  assert.deepEqual(parseFilter("label x"), { kind: "label", field: "addr", label: "x" });
});

Deno.test("filterFields() of names are the columns that they are looked up by", () => {
  const fields = (text: string) => filterFields(parseFilter(text));
  assert.deepEqual(fields("src internal and dst country DE"), ["src_addr", "dst_addr"]);
  assert.deepEqual(fields("service dns"), ["src_port", "dst_port", "protocol"]);
  assert.deepEqual(fields("src as x"), ["src_addr", "src_as"]);
  assert.deepEqual(fields('in if "wan-1"'), ["exporter", "in_if", "in_if_name"]);
});

function matching(
  text: string,
  { fixture, names = directory }: { fixture: FlowFixture; names?: NameDirectory },
): number[] {
  const { ring, dictionary } = fixture.source;
  const test = compileFilter(parseFilter(text), {
    columns: ring.columns,
    dictionary,
    directory: names,
  });
  return Array.from({ length: ring.committed }, (_, slot) => slot).filter(test);
}

Deno.test("a country without a database is refused, and the key that is missing is named", () => {
  const names = new NameDirectory(NO_NAME_DATA);
  assert.throws(
    () => matching("src country DE", { fixture: new FlowFixture(), names }),
    /^QueryError: filter: no database of countries is configured; set geo\.country_mmdb/,
  );
});

Deno.test("an autonomous system is found by part of its name, as rows name it, or their addresses", () => {
  const fixture = new FlowFixture();
  fixture.add(
    { src_addr: "10.0.0.1", dst_addr: "192.168.1.1" },
    { src_addr: "10.0.0.1", src_as: 1000 },
    { src_addr: "10.0.0.1", src_as: 0 },
    { src_as: 443, dst_as: 7 },
    { src_addr: "203.0.113.1" },
    {},
  );
  const found = (text: string) => matching(text, { fixture });
  assert.deepEqual(found("src as example"), [0, 1, 2]);
  assert.deepEqual(found('src as "Example Networks"'), [0, 2]);
  assert.deepEqual(found("as cloud"), [0, 1]);
  assert.deepEqual(found("dst as cloud"), [0]);
  assert.deepEqual(found("as in [spiel networks 7]"), [0, 2, 3]);
  assert.deepEqual(found("not as example"), [3, 4, 5]);
  const names = new NameDirectory(NO_NAME_DATA);
  assert.throws(
    () => matching("as example", { fixture, names }),
    /^QueryError: filter: no database of autonomous systems is configured; set geo\.asn_mmdb/,
  );
  assert.throws(
    () => parseFilter("as example", { directory: names }),
    /no database of autonomous systems/,
  );
});

Deno.test("more addresses than are remembered are told apart all the same", () => {
  const fixture = new FlowFixture({ capacity: 16_384 });
  const wanted: number[] = [];
  for (let n = 0; n < 12_000; n++) {
    // Back and forth, so that what was remembered is pushed out and asked for again.
    const host = (n * 7919) % 9000;
    const first = host % 3 === 0 ? 10 : 11;
    fixture.add({ src_addr: `${first}.0.${host >> 8}.${host & 255}` });
    if (first === 10) wanted.push(n);
  }
  assert.deepEqual(matching("src internal", { fixture }), wanted);
});

Deno.test("an interface is found by the exporter's name for it, and by the configured one", () => {
  const fixture = new FlowFixture();
  fixture.add(
    { exporter: "10.0.0.1", in_if: 1 },
    { exporter: "10.0.0.2", in_if: 1 },
    { exporter: "10.0.0.2", in_if: 5, in_if_name: "wan-1" },
    { exporter: "10.0.0.1", out_if: 1 },
    { in_if: 1 },
    { exporter: "2001:db8::1", in_if: 46 },
  );
  assert.deepEqual(matching('in if "wan-1"', { fixture }), [0, 2, 5]);
  // Learnt after these flows came.
  const source = {
    interfaceNames: new InterfaceNames(),
    dictionary: new Dictionary(Dictionary.allocate()),
  };
  const learnt = new LearntInterfaces();
  learnt.follow(source);
  const nameId = source.dictionary.intern("Gi0/1");
  source.interfaceNames.learn(Uint32Array.of(0, 0, 0xffff, 0x0a000002), 1, {
    nameId,
    teller: "options",
  });
  const names = new NameDirectory(undefined, learnt);
  assert.deepEqual(matching('in if "Gi0/1"', { fixture, names }), [1]);
  assert.deepEqual(matching('in if "Gi0/1" or in if "wan-1"', { fixture, names }), [1, 2]);
  assert.deepEqual(matching('if "wan-1"', { fixture }), [0, 2, 3, 5]);
});
