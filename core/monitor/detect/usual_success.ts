import type { MonitorView } from "../monitor_view.ts";
import { OUTCOME } from "./attempts.ts";
import { ORDINARY_SUCCESS } from "./random_walk.ts";
import { median } from "./robust.ts";

/** Hosts that are wanted to know what is usual of a service, and first contacts of each. */
const LEAST_HOSTS = 5;
const LEAST_CONTACTS = 5;
/** However many fail: hosts that all fail most of the time are a worm, not a habit. */
const LEAST_SUCCESS = 0.4;

/**
 * Which part of first contacts succeeds, ordinarily, for a service. The threshold random walk takes
 * this from the site; of a service of peers that come and go (file sharing) only half are there, for
 * everybody who uses it. It is the median over the hosts that use the service, so that a scanner among
 * them does not count.
 *
 * @param view with conversations
 * @param services to know it of
 * @returns the share, 0.4 to 0.8, as it is before answers get lost; by protocol and port
 */
export function usualSuccess(
  { picture, attempts }: MonitorView,
  services: readonly { readonly protocol: number; readonly port: number }[],
): (protocol: number, port: number) => number {
  const keyOf = (protocol: number, port: number) => protocol * 65_536 + port;
  const counts = new Map(
    services.map(({ protocol, port }) => [keyOf(protocol, port), new Map<number, Contacts>()]),
  );
  const conversations = picture.conversations!;
  for (let id = 0; id < conversations.count; id++) {
    const hosts = counts.get(keyOf(conversations.protocol(id), conversations.port(id)));
    const outcome = attempts.outcome[id];
    // A probe tells that a host is there, not that the service is.
    if (hosts === undefined || outcome === OUTCOME.UNKNOWN || outcome === OUTCOME.PROBED) continue;
    const asker = conversations.asker(id);
    const one = hosts.get(asker) ?? { tried: 0, succeeded: 0 };
    hosts.set(asker, one);
    one.tried++;
    if (outcome === OUTCOME.SUCCEEDED) one.succeeded += 1 / attempts.visible(id);
  }
  const shares = new Map([...counts].map(([key, hosts]) => [key, shareOf([...hosts.values()])]));
  return (protocol, port) => shares.get(keyOf(protocol, port)) ?? ORDINARY_SUCCESS;
}

/** First contacts of a host. */
interface Contacts {
  tried: number;
  /** Those that succeeded, with those whose answers were not seen. */
  succeeded: number;
}

function shareOf(hosts: readonly Contacts[]): number {
  const shares = hosts.filter(({ tried }) => tried >= LEAST_CONTACTS)
    .map(({ tried, succeeded }) => succeeded / tried);
  if (shares.length < LEAST_HOSTS) return ORDINARY_SUCCESS;
  return Math.min(ORDINARY_SUCCESS, Math.max(LEAST_SUCCESS, median(shares)));
}
