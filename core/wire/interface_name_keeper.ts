import type { InterfaceNames, Told } from "../flow/interface_names.ts";
import { LIMITS } from "./limits.ts";

/** What is kept of an exporter that has names in the table. */
interface Named {
  readonly exporter: Uint32Array;
  readonly ifIndexes: Set<number>;
  /** When it was last heard, Unix milliseconds. */
  heardMs: number;
}

/**
 * Who may have names of interfaces in a collector's table. An exporter is believed once flows of it
 * have been decoded; until then its names wait in a small pool, where forged ones push out each
 * other. A full table takes in no more but in the place of who has long been silent.
 */
export class InterfaceNameKeeper {
  readonly #table: InterfaceNames;
  /** By exporter, the longest unheard first; null until the first call. */
  #named: Map<string, Named> | null = null;
  /** Exporters of which flows were decoded and that have no names, the longest unheard first. */
  readonly #real = new Set<string>();
  /** Names of all others, the longest unheard first. */
  readonly #waiting = new Map<string, Map<number, Told>>();
  #waitingNames = 0;
  #lost = 0;

  /** @param table that it alone writes */
  constructor(table: InterfaceNames) {
    this.#table = table;
  }

  /** Id of an interface's name in the dictionary; -1 for none. */
  find(exporter: Uint32Array, ifIndex: number): number {
    return this.#table.find(exporter, ifIndex);
  }

  /** Names that found no room, or were forgotten to make it, since the last call. */
  takeLosses(): number {
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }

  /**
   * Takes in the name of an interface.
   *
   * @param exporter four words
   * @param ifIndex of the interface, 32 bits
   * @param told its name and who told it, at `nowMs`, Unix milliseconds
   */
  learn(
    exporter: Uint32Array,
    ifIndex: number,
    { nowMs, ...told }: Told & { nowMs: number },
  ): void {
    const key = exporter.join();
    const known = this.#hear(key, nowMs);
    if (known === undefined && !this.#real.has(key)) return this.#wait(key, ifIndex, told);
    this.#keep(
      known ?? { exporter: exporter.slice(), ifIndexes: new Set(), heardMs: nowMs },
      { key, ifIndex, told },
    );
  }

  /**
   * Notes that flows of an exporter have been decoded: what it told counts. Not for every datagram.
   *
   * @param exporter four words
   * @param nowMs Unix milliseconds
   */
  confirm(exporter: Uint32Array, nowMs: number): void {
    const key = exporter.join();
    if (this.#hear(key, nowMs) === undefined) {
      this.#real.delete(key);
      this.#real.add(key);
      const [oldest] = this.#real;
      if (this.#real.size > LIMITS.learntExporters) this.#real.delete(oldest);
    }
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return;
    this.#drop(key);
    for (const [ifIndex, told] of waiting) this.learn(exporter, ifIndex, { ...told, nowMs });
  }

  /** What is kept of an exporter that has been heard again; undefined where that is nothing. */
  #hear(key: string, nowMs: number): Named | undefined {
    const all = this.#named ??= this.#index(nowMs);
    const known = all.get(key);
    if (known === undefined) return undefined;
    all.delete(key);
    all.set(key, known);
    known.heardMs = nowMs;
    return known;
  }

  #keep(
    named: Named,
    { key, ifIndex, told }: { key: string; ifIndex: number; told: Told },
  ): void {
    const { exporter, ifIndexes, heardMs } = named;
    const isNew = !ifIndexes.has(ifIndex);
    if (isNew) this.#makeRoom(heardMs);
    const outcome = isNew && ifIndexes.size >= LIMITS.interfaceNames
      ? "full"
      : this.#table.learn(exporter, ifIndex, told);
    if (outcome === "full") {
      this.#lost++;
      return;
    }
    if (outcome === "new") ifIndexes.add(ifIndex);
    this.#named!.set(key, named);
    this.#real.delete(key);
  }

  #makeRoom(nowMs: number): void {
    for (const [key, { exporter, ifIndexes, heardMs }] of this.#named!) {
      if (!this.#table.isFull || nowMs - heardMs < LIMITS.reuseAfterMs) break;
      for (const ifIndex of ifIndexes) this.#table.forget(exporter, ifIndex);
      this.#lost += ifIndexes.size;
      this.#named!.delete(key);
    }
  }

  #wait(key: string, ifIndex: number, told: Told): void {
    const names = this.#waiting.get(key) ?? new Map<number, Told>();
    const known = names.get(ifIndex);
    if (known === undefined) {
      if (names.size >= LIMITS.interfaceNames) {
        this.#lost++;
        return;
      }
      this.#waitingNames++;
    }
    if (known?.teller !== "options" || told.teller === "options") names.set(ifIndex, told);
    this.#waiting.delete(key);
    this.#waiting.set(key, names);
    while (
      this.#waiting.size > LIMITS.probationExporters ||
      this.#waitingNames > LIMITS.probationInterfaceNames
    ) {
      const [[oldest, { size }]] = this.#waiting;
      this.#lost += size;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#waitingNames -= this.#waiting.get(key)?.size ?? 0;
    this.#waiting.delete(key);
  }

  /** A writer that takes over from one that died finds its exporters again. */
  #index(nowMs: number): Map<string, Named> {
    const named = new Map<string, Named>();
    for (const { exporter, ifIndex } of this.#table.all()) {
      const key = exporter.join();
      const known = named.get(key);
      if (known === undefined) {
        named.set(key, { exporter, ifIndexes: new Set([ifIndex]), heardMs: nowMs });
      } else known.ifIndexes.add(ifIndex);
    }
    return named;
  }
}
