import { addressBytes, parseAddress } from "../flow/address.ts";
import type { Clock } from "../flow/clock.ts";
import { sanitizeWireText } from "../flow/sanitize.ts";

/** What reverse DNS may cost. */
export interface ReverseDnsLimits {
  /** Time limit of one question. */
  readonly timeoutMs: number;
  /** Addresses whose answers are kept, found or not. */
  readonly maxEntries: number;
  /** How long a name is kept, and how long that there is none. */
  readonly keepMs: number;
  readonly keepMissingMs: number;
}

/** Asks a resolver: rejects, or gives nothing, where there is no name. */
export type Resolve = (name: string, options: { signal: AbortSignal }) => Promise<string[]>;

/** Questions under way at a time; what does not fit is asked for the next time. */
const MAX_AT_WORK = 16;

interface Entry {
  readonly name: string | null;
  readonly until: number;
}

/**
 * Host names of addresses. Nobody waits for them: what is not known yet is asked for, and is there
 * the next time.
 */
export class ReverseDns {
  readonly #resolve: Resolve;
  readonly #clock: Clock;
  readonly #limits: ReverseDnsLimits;
  /** The longest unused first. */
  readonly #entries = new Map<string, Entry>();
  readonly #atWork = new Map<string, Promise<void>>();

  /** @param options `resolve` asks for PTR records, `clock`, and the limits */
  constructor({ resolve, clock, limits }: {
    resolve: Resolve;
    clock: Clock;
    limits: ReverseDnsLimits;
  }) {
    this.#resolve = resolve;
    this.#clock = clock;
    this.#limits = limits;
  }

  /**
   * Host names that are known now, by address.
   *
   * @param addresses text, as `formatAddress` writes it; other text is passed over
   */
  names(addresses: Iterable<string>): Record<string, string> {
    const names: Record<string, string> = {};
    for (const address of new Set(addresses)) {
      const entry = this.#entries.get(address);
      if (entry !== undefined && entry.until > this.#clock.now()) {
        this.#entries.delete(address);
        this.#entries.set(address, entry);
        if (entry.name !== null) names[address] = entry.name;
      } else if (!this.#atWork.has(address) && this.#atWork.size < MAX_AT_WORK) {
        const question = pointerName(address);
        if (question !== null) this.#atWork.set(address, this.#ask(address, question));
      }
    }
    return names;
  }

  /** Settles when no question is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#atWork.values());
  }

  async #ask(address: string, question: string): Promise<void> {
    const abort = new AbortController();
    const late = Promise.withResolvers<string[]>();
    const cancel = this.#clock.after(this.#limits.timeoutMs, () => {
      abort.abort();
      late.resolve([]);
    });
    let name: string | null = null;
    try {
      const found = await Promise.race([
        this.#resolve(question, { signal: abort.signal }),
        late.promise,
      ]);
      name = sanitizeWireText(found[0] ?? "").replace(/\.$/, "") || null;
    } catch {
      // No name, no answer, no permission: in each case there is none for a while.
    }
    cancel();
    this.#atWork.delete(address);
    this.#keep(address, name);
  }

  #keep(address: string, name: string | null): void {
    const { keepMs, keepMissingMs, maxEntries } = this.#limits;
    this.#entries.delete(address);
    if (this.#entries.size >= maxEntries) {
      this.#entries.delete(this.#entries.keys().next().value!);
    }
    const until = this.#clock.now() + (name === null ? keepMissingMs : keepMs);
    this.#entries.set(address, { name, until });
  }
}

/**
 * The name under which an address is asked for (RFC 1035 §3.5, RFC 3596 §2.5).
 *
 * @returns null where the text is no address
 */
export function pointerName(address: string): string | null {
  if (!parseAddress(address, new Uint32Array(4))) return null;
  const octets = addressBytes(address);
  if (octets.length === 4) return `${octets.toReversed().join(".")}.in-addr.arpa.`;
  const nibbles = [...octets].flatMap((octet) => [octet >> 4, octet & 15]);
  return `${nibbles.toReversed().map((n) => n.toString(16)).join(".")}.ip6.arpa.`;
}
