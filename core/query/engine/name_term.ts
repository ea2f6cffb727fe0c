import { formatAddress, IPV4_PREFIX_WORD } from "../../flow/address.ts";
import type { NameDirectory } from "../../names/name_directory.ts";
import { noCountries } from "../missing_names.ts";
import { knownExpression, textExpression } from "../row_expression.ts";
import { addressLane } from "./key_layout.ts";
import type { CellValue, KeyList, NameTerm, TermContext } from "./term.ts";

type Side = "src" | "dst";

/** Which fields of an interface's key are known, as bits of its first lane. */
const EXPORTER = 1;
const INDEX = 2;
const NAME = 4;
/** The most lanes that a key of these terms has: two addresses. */
const MAX_LANES = 8;

/**
 * Terms that name what flows hold as addresses and numbers. Rows are folded by those, in the same
 * inner loop as for all other terms, and groups of one name become one afterwards.
 */
export const NAME_TERMS: readonly NameTerm[] = [
  ...(["src", "dst"] as const).flatMap((side) => [
    addressTerm(side, "label", (words, directory) => {
      const number = directory.labelNumber(words);
      return number < 0 ? null : directory.labels[number];
    }),
    addressTerm(side, "internal", place),
    {
      ...addressTerm(
        side,
        "country",
        (words, { countries }) => countries?.country(words) ?? null,
      ),
      check: ({ countries }: NameDirectory, argument = "group_by") => {
        if (countries === null) throw noCountries(argument);
        return null;
      },
    },
    asTerm(side),
  ]),
  interfaceTerm("in"),
  interfaceTerm("out"),
  localityTerm(),
];

/** A name of one side's address. */
function addressTerm(
  side: Side,
  name: string,
  nameOf: (words: Uint32Array, directory: NameDirectory) => CellValue,
): NameTerm {
  const field = `${side}_addr` as const;
  return {
    name: `${side}_${name}`,
    unit: "",
    fields: [field],
    known: knownExpression(field),
    lanes: () => [addressLane(field)],
    derive: (keys, { directory }) => deriveEach(keys, (lanes) => nameOf(lanes, directory)),
  };
}

/** The autonomous system that the record names; where it names none, that of the address. */
function asTerm(side: Side): NameTerm {
  const number = `${side}_as` as const;
  const field = `${side}_addr` as const;
  const knownNumber = `(${knownExpression(number)} && ${number}[slot] !== 0)`;
  return {
    name: `${side}_as_name`,
    unit: "",
    fields: [number, field],
    known: `(${knownNumber} || ${knownExpression(field)})`,
    lanes: () => [
      { bits: 32, js: `${knownNumber} ? ${number}[slot] : 0` },
      // All such rows have one address, an IPv4 one: no address at all.
      addressLane(
        field,
        (word, w) => `${knownNumber} ? ${w === 2 ? IPV4_PREFIX_WORD : 0} : ${word}`,
      ),
    ],
    derive: (keys, { directory: { systems } }) =>
      deriveEach(keys, (lanes) => {
        const as = lanes[0] === 0 ? systems?.asOf(lanes, 1) ?? 0 : lanes[0];
        return as === 0 ? null : systems?.asText(as) ?? `AS${as}`;
      }),
    check: ({ systems }) =>
      systems === null
        ? "No database of autonomous systems is configured (geo.asn_mmdb): only numbers that " +
          "exporters send are known, and no names."
        : null,
  };
}

/** `internal` or `external`. */
function place(words: Uint32Array, directory: NameDirectory): "internal" | "external" {
  return directory.isInternal(words) ? "internal" : "external";
}

/** Where a flow goes, seen from the internal networks. */
const LOCALITIES = {
  internal: { internal: "internal", external: "outbound" },
  external: { internal: "inbound", external: "external" },
} as const;

function localityTerm(): NameTerm {
  return {
    name: "locality",
    unit: "",
    fields: ["src_addr", "dst_addr"],
    known: `(${knownExpression("src_addr")} && ${knownExpression("dst_addr")})`,
    lanes: () => [addressLane("src_addr"), addressLane("dst_addr")],
    derive: (keys, { directory }) =>
      deriveEach(keys, (lanes) => {
        const from = place(lanes, directory);
        return LOCALITIES[from][place(lanes.subarray(4, 8), directory)];
      }),
  };
}

/**
 * An interface of an exporter: `wan-1 (192.0.2.1 if 12)`, without the name where neither the
 * configuration nor the exporter tells it.
 */
function interfaceTerm(way: "in" | "out"): NameTerm {
  const index = `${way}_if` as const;
  const name = `${way}_if_name` as const;
  const bit = (field: typeof index | typeof name | "exporter", value: number) =>
    `(${knownExpression(field)} ? ${value} : 0)`;
  return {
    name: `${way}_interface`,
    unit: "",
    fields: ["exporter", index, name],
    known: `(${knownExpression(index)} || ${knownExpression(name)})`,
    lanes: () => [
      { bits: 8, js: `${bit("exporter", EXPORTER)} | ${bit(index, INDEX)} | ${bit(name, NAME)}` },
      { bits: 32, js: `${knownExpression(index)} ? ${index}[slot] : 0` },
      { bits: 32, js: `${knownExpression(name)} ? (${textExpression(name)}) : 0` },
      addressLane("exporter", (word) => `${knownExpression("exporter")} ? ${word} : 0`),
    ],
    derive: deriveInterfaces,
  };
}

function deriveInterfaces(keys: KeyList, { strings, directory }: TermContext): CellValue[] {
  /** Names that flows tell, by the place that they tell them of. */
  const told = new Map<string, string>();
  for (let group = 0; group < keys.count; group++) {
    const lanes = keys.lanesOf(group);
    if (lanes === null || (lanes[0] & NAME) === 0) continue;
    told.set(interfacePlace(lanes), strings[lanes[2]]);
  }
  return deriveEach(keys, (lanes) => {
    const [known, index, text] = lanes;
    const where = interfacePlace(lanes);
    if ((known & INDEX) === 0) return where === "" ? strings[text] : `${strings[text]} (${where})`;
    const toldName = told.get(where) ?? null;
    const name = (known & EXPORTER) === 0
      ? toldName
      : directory.interfaceName(lanes.slice(3, 7), index, toldName);
    return name === null ? where : `${name} (${where})`;
  });
}

/** Exporter and ifIndex, as far as they are known. */
function interfacePlace(lanes: ArrayLike<number>): string {
  const exporter = () => Uint32Array.from({ length: 4 }, (_, w) => lanes[3 + w]);
  return [
    ...((lanes[0] & EXPORTER) === 0 ? [] : [formatAddress(exporter())]),
    ...((lanes[0] & INDEX) === 0 ? [] : [`if ${lanes[1]}`]),
  ].join(" ");
}

/** The name of each group; `nameOf` is handed the same words again and again. */
function deriveEach(
  { count, lanesOf }: KeyList,
  nameOf: (lanes: Uint32Array) => CellValue,
): CellValue[] {
  const names: CellValue[] = [];
  const words = new Uint32Array(MAX_LANES);
  for (let group = 0; group < count; group++) {
    const lanes = lanesOf(group);
    if (lanes !== null) words.set(lanes);
    names.push(lanes === null ? null : nameOf(words));
  }
  return names;
}
