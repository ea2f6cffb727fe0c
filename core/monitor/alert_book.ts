import { formatTime } from "../flow/record_reader.ts";
import type { Alert } from "./alert.ts";

/** Most alerts kept; the ones that changed longest ago go first. */
const MAX_ALERTS = 10_000;

interface Entry {
  alert: Alert;
  raisedAtMs: number;
  /** Number of its last change. */
  change: number;
}

/** Some of the alerts that changed after a cursor. */
export interface AlertPage {
  alerts: Alert[];
  /** Reading on from here gives what comes after them. */
  cursor: number;
  /** How many more there are already. */
  omitted: number;
}

/**
 * The alerts of this process: one a key and cooldown. Each change gets a number, so that every
 * client reads on from its own cursor and none takes anything from another.
 */
export class AlertBook {
  /** The last alert of each key, the one that changed longest ago first. */
  readonly #byKey = new Map<string, Entry>();
  #change = 0;

  /** Number of the last change: reading on from here gives what comes after. */
  get cursor(): number {
    return this.#change;
  }

  /**
   * Takes note of a finding: raises an alert, or renews the one there is.
   *
   * @param key what it is about
   * @param nowMs Unix milliseconds and the `cooldownMs`
   * @param make builds the alert; called only when one is due
   * @returns the alert, if it was raised now
   */
  note(
    key: string,
    { nowMs, cooldownMs }: { nowMs: number; cooldownMs: number },
    make: () => Alert,
  ): Alert | null {
    const entry = this.#byKey.get(key);
    if (entry !== undefined && nowMs - entry.raisedAtMs < cooldownMs) {
      entry.alert.last_seen = formatTime(nowMs)!;
      return null;
    }
    const alert = make();
    this.#byKey.delete(key);
    this.#byKey.set(key, { alert, raisedAtMs: nowMs, change: ++this.#change });
    if (this.#byKey.size > MAX_ALERTS) this.#byKey.delete(this.#byKey.keys().next().value!);
    return alert;
  }

  /**
   * Alerts that changed after a cursor, oldest change first.
   *
   * @param cursor as an earlier page gave it; 0 for all there are
   * @param limit alerts of a page
   */
  since(cursor: number, limit: number): AlertPage {
    const changed = [...this.#byKey.values()].filter(({ change }) => change > cursor);
    const page = changed.slice(0, limit);
    return {
      alerts: page.map(({ alert }) => alert),
      cursor: page.length < changed.length ? page[page.length - 1].change : this.#change,
      omitted: changed.length - page.length,
    };
  }
}
