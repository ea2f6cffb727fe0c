import { setBit } from "./presence.ts";
import { rawExpression } from "./read_expression.ts";
import { DELTA_RANK, type RowSources } from "./row_sources.ts";

/**
 * Statements that work out what happened: `happened` is the id of the event's name, -1 for
 * traffic. Nothing where no field of the record speaks of events.
 *
 * - Of a firewall's event and a NAT's in one record the firewall's counts, unless it says traffic.
 * - What a firewall says of its reason is put in the place of the plain name.
 * - A session that begins or ends with octets that no record reported before (elements 1 and 2, as
 *   Palo Alto and Barracuda send them) is traffic; Cisco's ASA repeats the totals of the session
 *   there (231, 232), which are none.
 *
 * @param sources of the row
 */
export function declareEvent(sources: RowSources): string[] {
  const events = sources.get("event") ?? [];
  if (events.length === 0) return [];
  const ofKind = (kind: string) =>
    events.filter((source) => source.kind === kind).map(({ placed }) => rawExpression(placed));
  const fresh = (["bytes", "packets"] as const)
    .flatMap((target) => sources.get(target) ?? [])
    .filter(({ rank }) => rank === DELTA_RANK)
    .map(({ placed }) => `${rawExpression(placed)} > 0`);
  const isTraffic = fresh.length === 0 ? "" : `(v === 1 || v === 2) && (${fresh.join(" || ")}) || `;
  return [
    "let happened = -1; if (lookups !== null) {",
    ...ofKind("firewall_event").map((value) =>
      `if (happened < 0) { const v = ${value}; ` +
      `if (!(${isTraffic}false)) happened = lookups.event("firewall_event", v); }`
    ),
    ...ofKind("firewall_reason").map((value) =>
      `{ const w = lookups.event("firewall_reason", ${value}); if (w >= 0) happened = w; }`
    ),
    ...ofKind("nat_event").map((value) =>
      `if (happened < 0) happened = lookups.event("nat_event", ${value});`
    ),
    "}",
  ];
}

/** Statement that writes the event, where there was one. */
export function writeEvent(sources: RowSources): string[] {
  if (!sources.has("event")) return [];
  return [`if (happened >= 0) { event[slot] = happened; ${setBit("event")} }`];
}
