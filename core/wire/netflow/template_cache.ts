import { LIMITS } from "../limits.ts";
import type { DatagramSource } from "../codec.ts";
import { type Template } from "./template.ts";

/** A set that came before its template. */
interface Waiting {
  readonly templateId: number;
  /** A copy: the receive buffer is used again. */
  readonly octets: Uint8Array;
  readonly heldSinceMs: number;
}

/** Templates of one transport session: exporter address, source port and observation domain. */
export class TemplateScope {
  readonly port: number;
  readonly templates = new Map<number, Template>();
  readonly waiting: Waiting[] = [];
  /** Whether data has been decoded by its templates. */
  confirmed = false;

  constructor(port: number) {
    this.port = port;
  }
}

/**
 * The templates of all exporters, bounded. Sessions whose templates have decoded nothing yet share
 * a small pool, so that forged sources push out each other and never an exporter that is real.
 */
export class TemplateCache {
  /** By address and domain, then by port; in order of use, the longest unused first. */
  readonly #confirmed = new Map<string, TemplateScope>();
  readonly #probation = new Map<string, TemplateScope>();
  #waitingOctets = 0;
  #evicted = 0;

  /** Sessions pushed out to make room. */
  get evicted(): number {
    return this.#evicted;
  }

  /** Octets of sets that wait for their template. */
  get waitingOctets(): number {
    return this.#waitingOctets;
  }

  /** The session of a source and observation domain, made now if it is new. */
  scope(source: DatagramSource, domain: number): TemplateScope {
    const key = scopeKey(source, domain);
    let scope = this.#confirmed.get(key) ?? this.#probation.get(key);
    if (scope === undefined) {
      scope = new TemplateScope(source.port);
      this.#probation.set(key, scope);
      this.#trim(this.#probation, LIMITS.probationScopes);
    }
    return scope;
  }

  /** Notes that a session's templates have decoded data: it is real. */
  confirm(source: DatagramSource, domain: number, scope: TemplateScope): void {
    if (scope.confirmed) return;
    scope.confirmed = true;
    const key = scopeKey(source, domain);
    this.#probation.delete(key);
    this.#confirmed.set(key, scope);
    this.#trim(this.#confirmed, LIMITS.confirmedScopes);
  }

  /**
   * Keeps a set until its template comes.
   *
   * @param scope session it came in
   * @param set its template id and octets, and when it came, Unix milliseconds
   * @returns whether there was room
   */
  hold(
    scope: TemplateScope,
    { templateId, octets, nowMs }: { templateId: number; octets: Uint8Array; nowMs: number },
  ): boolean {
    if (
      scope.waiting.length >= LIMITS.waitingSets ||
      this.#waitingOctets + octets.length > LIMITS.waitingOctets
    ) return false;
    scope.waiting.push({ templateId, octets: octets.slice(), heldSinceMs: nowMs });
    this.#waitingOctets += octets.length;
    return true;
  }

  /**
   * Takes out the sets that waited for a template, and those that waited too long.
   *
   * @param scope their session
   * @param templateId that has come
   * @param nowMs Unix milliseconds
   */
  release(
    scope: TemplateScope,
    templateId: number,
    nowMs: number,
  ): { ready: Uint8Array[]; expired: number } {
    const ready: Uint8Array[] = [];
    let expired = 0;
    for (let i = scope.waiting.length - 1; i >= 0; i--) {
      const { templateId: id, octets, heldSinceMs } = scope.waiting[i];
      const old = nowMs - heldSinceMs > LIMITS.waitingMs;
      if (id !== templateId && !old) continue;
      scope.waiting.splice(i, 1);
      this.#waitingOctets -= octets.length;
      if (id === templateId) ready.unshift(octets);
      else expired++;
    }
    return { ready, expired };
  }

  #trim(pool: Map<string, TemplateScope>, max: number): void {
    while (pool.size > max) {
      const [key, scope] = pool.entries().next().value!;
      for (const { octets } of scope.waiting) this.#waitingOctets -= octets.length;
      pool.delete(key);
      this.#evicted++;
    }
  }
}

function scopeKey({ address, port }: DatagramSource, domain: number): string {
  return `${address}|${domain}|${port}`;
}
