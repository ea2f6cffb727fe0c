import { STORED_FIELDS } from "../../core/flow/schema.ts";
import { pick } from "../support/filter/sample_values.ts";
import type { FixtureRow } from "../support/flow_fixture.ts";
import { CONTRACT_FROM_MS, randomContractRows } from "./random_contract_rows.ts";
import { type RandomQuery, randomQuery } from "./random_query.ts";

type Random = () => number;

/** Conversations that come again, and the share of rows that are of one of them. */
const CONVERSATIONS = 300;
const AGAIN = 0.8;
/** Rows of a stretch at most, and the share of stretches whose rows lack fields or are events. */
const STRETCH = 700;
const HOLEY = 0.3;
/** Rows of a series are limited, and there are many groups. */
const SERIES = 20;
/** What segments have numbers for, and what it is asked with. */
const OFTEN = [
  ["src_addr"],
  ["dst_addr", "dst_addr/16"],
  ["exporter"],
  ["src_addr", "dst_addr", "src_port", "dst_port", "protocol"],
  ["service"],
  ["src_addr/24/48", "capability"],
  ["src_port"],
  ["dst_addr", "service"],
];

/**
 * Rows as `randomContractRows` makes them, but over long stretches with every field, as those of one
 * exporter are, and of so many conversations that tables grow.
 */
export function longStretches(random: Random, count: number): FixtureRow[] {
  const conversations = Array.from({ length: CONVERSATIONS }, () => conversation(random));
  let left = 0;
  let holey = false;
  return randomContractRows(random, count).map((row) => {
    if (left-- <= 0) {
      left = Math.floor(random() * STRETCH);
      holey = random() < HOLEY;
    }
    const { event: _, ...traffic } = row;
    const own = random() < AGAIN ? pick(random, conversations) : conversation(random);
    if (!holey) return { ...filledUp(random, traffic), ...own };
    const there = Object.entries(own).filter(([name]) => name in row);
    return { ...row, ...Object.fromEntries(there) };
  });
}

/**
 * A query of rows such as those; half of them by what people ask for most.
 *
 * @param random numbers from 0 to 1
 * @param lastMs latest arrival of the rows
 * @param fromMs where their time begins
 */
export function stretchQuery(
  random: Random,
  lastMs: number,
  fromMs = CONTRACT_FROM_MS,
): RandomQuery {
  const shift = fromMs - CONTRACT_FROM_MS;
  const { filter, query: { window, ...asked } } = randomQuery(random, lastMs - shift);
  const query = {
    ...asked,
    window: { ...window, fromMs: window.fromMs + shift, toMs: window.toMs + shift },
  };
  if (random() < 0.5) {
    const group_by = pick(random, OFTEN);
    return { filter, query: { ...query, group_by, time: "arrival", bucket_seconds: null } };
  }
  const limit = query.bucket_seconds === null ? query.limit : Math.min(query.limit, SERIES);
  return { filter, query: { ...query, limit } };
}

function conversation(random: Random): FixtureRow {
  return {
    src_addr: address(random),
    dst_addr: address(random),
    src_port: 50_000 + Math.floor(random() * 3000),
    dst_port: pick(random, [0, 80, 443, 8080, 1000]),
    protocol: pick(random, [1, 6, 17, 132, 253]),
  };
}

/** Of IPv6, many that differ in their upper words. */
function address(random: Random): string {
  const part = (below: number) => Math.floor(random() * below);
  return random() < 0.5
    ? `10.${part(4)}.${part(8)}.${part(64)}`
    : `2001:db8:${part(400).toString(16)}:${part(3)}::${part(5).toString(16)}`;
}

/** The row with a value in every field but that of events. */
function filledUp(random: Random, row: FixtureRow): FixtureRow {
  const whole: FixtureRow = { ...row };
  for (const { name, storage, values } of STORED_FIELDS) {
    if (name in whole || name === "event") continue;
    if (storage === "address") whole[name] = address(random);
    else if (storage === "enum") whole[name] = pick(random, values!);
    else if (storage === "string") whole[name] = `text ${Math.floor(random() * 90)}`;
    else if (name === "start_at" || name === "end_at") whole[name] = Number(row.received_at);
    else whole[name] = Math.floor(random() * 200);
  }
  return whole;
}
