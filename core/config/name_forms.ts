import { z } from "zod";
import { parseNetwork } from "../flow/network.ts";
import { readNumber } from "./read_number.ts";

/** Most entries of a table or a list. */
const MAX_ENTRIES = 4096;
const MAX_NAME = 64;
const MAX_PORT = 65_535;
const FACTORS: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };
/** Faster than any interface. */
const MAX_CAPACITY = 1e15;

/** Names by `tcp/8443`; in the environment `tcp/8443=intranet,udp/9999=telemetry`. */
export const serviceTable = pairs(
  z.string().refine((text) => endpointPort(text) !== null, {
    error: ({ input }) =>
      `"${input}" is no protocol and port; write tcp, udp, sctp or dccp and a port from 1 to ` +
      `${MAX_PORT}, such as tcp/8443`,
  }),
  // What the filter language takes as the name of a service.
  z.string().regex(/^\w[\w.+*-]{0,63}$/, {
    error: ({ input }) =>
      `"${input}" is no name of a service; take 1 to ${MAX_NAME} letters, digits and _ . + * -`,
  }),
);

/** Labels by address or prefix; in the environment `10.0.0.0/8=head office,192.0.2.1=printer`. */
export const labelTable = pairs(
  z.string().refine((text) => parseNetwork(text) !== null, {
    error: ({ input }) =>
      `"${input}" is no address or prefix; write one such as 192.0.2.1 or 10.0.0.0/8`,
  }),
  shownText(),
);

/** Interfaces; in the environment the same list as YAML or JSON. */
export const interfaceList = z.array(
  z.strictObject({
    exporter: z.preprocess(
      (found) => typeof found === "string" ? hostOf(found) ?? found : found,
      z.string().refine((text) => hostOf(text) !== null, {
        error: ({ input }) => `"${input}" is no address; write one such as 192.0.2.1`,
      }),
    ),
    if_index: z.preprocess(readNumber, z.number().int().min(0).max(0xffff_ffff)),
    name: shownText().optional(),
    capacity: z.preprocess(
      readCapacity,
      z.number({
        error: ({ input }) =>
          `"${input}" is no capacity; write a number of bit/s, such as 10M, 2.5G or 100000000`,
      }).positive().max(MAX_CAPACITY),
    ).optional(),
    description: shownText().optional(),
  }),
).max(MAX_ENTRIES).superRefine((interfaces, { addIssue }) => {
  const seen = new Map<string, number>();
  interfaces.forEach(({ exporter, if_index }, i) => {
    const first = seen.get(`${exporter} ${if_index}`);
    if (first === undefined) return void seen.set(`${exporter} ${if_index}`, i);
    const message = `interface ${if_index} of ${exporter} stands here twice, as entries ${first} ` +
      `and ${i}; leave one`;
    addIssue({ code: "custom", path: [i], message });
  });
});

/** Text that answers show. */
function shownText() {
  return z.string().regex(/^(?=\S)[^\p{Cc}]{1,64}(?<=\S)$/u, {
    error: ({ input }) =>
      `"${input}" cannot be shown; take 1 to ${MAX_NAME} characters on one line`,
  });
}

function pairs<K extends z.ZodType<string, string>>(
  key: K,
  value: z.ZodType<string, string>,
) {
  return z.preprocess(
    (found) =>
      typeof found === "string"
        ? Object.fromEntries(
          found.split(",").map((pair) => pair.trim()).filter(Boolean).map((pair) => {
            const at = pair.indexOf("=");
            return at < 0
              ? [pair, undefined]
              : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
          }),
        )
        : found,
    z.record(key, value).refine(
      (table) => Object.keys(table).length <= MAX_ENTRIES,
      `at most ${MAX_ENTRIES} are taken`,
    ),
  );
}

function endpointPort(text: string): number | null {
  const port = Number(/^(?:tcp|udp|sctp|dccp)\/(\d{1,5})$/.exec(text)?.[1]);
  return port >= 1 && port <= MAX_PORT ? port : null;
}

/** The address of a host as it is compared, or null. */
function hostOf(text: string): string | null {
  const network = text.includes("/") ? null : parseNetwork(text);
  return network === null ? null : network.address;
}

/** `10G` as 1e10; anything else as it is. */
function readCapacity(found: unknown): unknown {
  const [, digits, suffix] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:bit\/s|bps)?$/i.exec(String(found)) ??
    [];
  if (typeof found !== "string" || digits === undefined) return found;
  return Number((Number(digits) * FACTORS[suffix.toLowerCase()]).toPrecision(15));
}
