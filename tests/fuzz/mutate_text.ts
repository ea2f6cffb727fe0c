import type { Random } from "../support/random.ts";
import type { Mutation } from "./mutate_octets.ts";

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[{}[\],:]|\s+|[^\s"{}[\],:]+/g;
/** Values that JSON allows, or nearly, and that readers trip over. */
const STRANGE = [
  "null",
  "true",
  "0",
  "-0",
  "-1",
  "1e999",
  "-1e999",
  "1e-400",
  "0.1",
  "4294967296",
  "9007199254740993",
  "18446744073709551616",
  "NaN",
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"::ffff:1.2.3.4"',
  '"1.2.3.4.5"',
  '"fe80::1%eth0"',
  '"__proto__"',
  '"constructor"',
  '"2024-13-45T99:99:99Z"',
  "{}",
  "[]",
  "{",
  "]",
  "\u2028",
  "\ufeff",
];
const DEPTH = 5000;
const LONG = 60_000;

/** What is done to JSON text: its tokens are exchanged, doubled, dropped or made extreme. */
export const TEXT_MUTATIONS: readonly Mutation[] = [
  onTokens((tokens, at, random) => tokens[at] = random.pick(STRANGE)),
  onTokens((tokens, at) => tokens.splice(at, 1)),
  onTokens((tokens, at) => tokens.splice(at, 0, tokens[at])),
  onTokens((tokens, at, random) => {
    const other = random.below(tokens.length);
    [tokens[at], tokens[other]] = [tokens[other], tokens[at]];
  }),
  // A key takes the value of another.
  onTokens((tokens, at, random) => tokens[at] = random.pick(tokens)),
  onTokens((tokens, at, random) => {
    const [open, close] = random.pick([["[", "]"], ['{"a":', "}"], ["[", ""]] as const);
    const depth = 1 + random.below(DEPTH);
    tokens[at] = open.repeat(depth) + tokens[at] + close.repeat(depth);
  }),
  onTokens((tokens, at, random) => {
    tokens[at] = `"${random.pick(["a", "\\u00e9", "\\n", "\\"])}${"x".repeat(random.below(LONG))}"`;
  }),
  onTokens((tokens, at, random) => tokens[at] = "9".repeat(1 + random.below(400))),
  onTokens((tokens, at, random) => tokens.splice(at, 0, random.pick(["\n", "\r\n", " ", "\t"]))),
];

function onTokens(change: (tokens: string[], at: number, random: Random) => unknown): Mutation {
  return (datagram, random) => {
    const tokens = new TextDecoder().decode(datagram).match(TOKEN) ?? [];
    if (tokens.length === 0) return datagram;
    change(tokens, random.below(tokens.length), random);
    return new TextEncoder().encode(tokens.join(""));
  };
}
