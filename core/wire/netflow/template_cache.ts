import { LIMITS } from "../limits.ts";
import type { DatagramSource } from "../codec.ts";
import { VARIABLE_LENGTH } from "../plan/wire_field.ts";
import type { MessageHeader } from "./message_dialect.ts";
import { RestartWatch } from "./restart_watch.ts";
import { minimumLength, type Template } from "./template.ts";

/** A set that came before its template. */
export interface WaitingSet {
  readonly templateId: number;
  /** A copy: the receive buffer is used again. */
  readonly octets: Uint8Array;
  readonly heldSinceMs: number;
  /** What the header of its datagram said: its times are relative to that. */
  readonly exportMs: number;
  readonly uptimeMs: number;
}

/** Templates of one transport session: exporter address, source port and observation domain. */
export class TemplateScope {
  readonly port: number;
  /** Its exporter and observation domain. */
  readonly family: { readonly address: string; readonly domain: number };
  /** The same as text. */
  readonly familyKey: string;
  readonly templates = new Map<number, Template>();
  readonly waiting: WaitingSet[] = [];
  /** Whether data has been decoded by its templates. */
  confirmed = false;
  lastUsedMs = 0;
  /** When it was last put at the end of the row of its pool. */
  queuedMs = -Infinity;
  /** When it was last noted that flows came by it, Unix milliseconds. */
  confirmedMs = -Infinity;
  /** When the memory was last told that it goes on. */
  rememberedMs = -Infinity;
  /** Fields of all its templates. */
  fields = 0;
  /** Octets of all its waiting sets. */
  waitingOctets = 0;

  readonly #watch = new RestartWatch();

  /** @param source of its datagrams, and their observation `domain` */
  constructor({ address, port }: DatagramSource, domain: number) {
    this.port = port;
    this.family = { address, domain };
    this.familyKey = familyKey(address, domain);
  }

  /**
   * Takes in the header of a datagram: an exporter that has started anew may mean other templates by
   * the ids that it gives.
   *
   * @param header of the session
   * @param nowMs when it came, Unix milliseconds
   */
  heard(header: MessageHeader, nowMs: number): void {
    if (!this.#watch.restarted(header, nowMs)) return;
    for (const template of this.templates.values()) template.announcedMs = -Infinity;
  }
}

/** What was forgotten to make room. */
export interface CacheLosses {
  readonly templates: number;
  /** Sets that will never find their template. */
  readonly sets: number;
}

/** Padding of a set is shorter than this (RFC 3954 §5.3). */
const MAX_PADDING = 4;
/** A full waiting room is searched for sets that waited too long no more often than this. */
const SWEEP_EVERY_MS = 10_000;
/** The row of those that are real is kept in order to so much. */
const QUEUE_AGAIN_MS = 1000;
/** An id that no template has. */
const NO_TEMPLATE = 0;
/** Ports of one address and domain beyond which nobody can say who is who. */
const MAX_SIBLINGS = 8;

/**
 * The templates of all exporters, bounded. Sessions whose templates have decoded nothing yet share
 * a small pool, so that forged sources push out each other and never an exporter that is real; a
 * full house of living exporters takes in no more.
 */
export class TemplateCache {
  /** By address, then by port and domain. */
  readonly #scopes = new Map<string, Map<number, TemplateScope>>();
  /** In order of use, the longest unused first; of confirmed ones to the second. */
  readonly #confirmed = new Set<TemplateScope>();
  readonly #probation = new Set<TemplateScope>();
  /** Sessions by address and domain. */
  readonly #siblings = new Map<string, Set<TemplateScope>>();
  #waitingOctets = 0;
  /** Of these, octets of sessions in probation. */
  #probationOctets = 0;
  #sweptMs = -Infinity;
  #fields = 0;
  #evicted = 0;
  #losses = { templates: 0, sets: 0 };

  /** Sessions pushed out to make room. */
  get evicted(): number {
    return this.#evicted;
  }

  /** Octets of sets that wait for their template. */
  get waitingOctets(): number {
    return this.#waitingOctets;
  }

  /** What was forgotten since the last call. */
  takeLosses(): CacheLosses {
    const losses = this.#losses;
    if (losses.templates > 0 || losses.sets > 0) this.#losses = { templates: 0, sets: 0 };
    return losses;
  }

  /** The session of a source and observation domain, made now if it is new. */
  scope(source: DatagramSource, domain: number, nowMs: number): TemplateScope {
    const scope = this.#scopes.get(source.address)?.get(scopeKey(source.port, domain)) ??
      this.#begin(source, domain);
    scope.lastUsedMs = nowMs;
    // Any datagram moves a newcomer; of those that are real one a second does.
    if (!scope.confirmed || !(Math.abs(nowMs - scope.queuedMs) < QUEUE_AGAIN_MS)) {
      this.#queue(scope);
    }
    if (this.#probation.size > LIMITS.probationScopes) this.#evict(this.#probation);
    return scope;
  }

  #begin(source: DatagramSource, domain: number): TemplateScope {
    const scope = new TemplateScope(source, domain);
    const siblings = this.#siblings.get(scope.familyKey);
    if (siblings === undefined) this.#siblings.set(scope.familyKey, new Set([scope]));
    else siblings.add(scope);
    const key = scopeKey(source.port, domain);
    const ofAddress = this.#scopes.get(source.address);
    if (ofAddress === undefined) this.#scopes.set(source.address, new Map([[key, scope]]));
    else ofAddress.set(key, scope);
    return scope;
  }

  /** Puts a session at the end of the row of its pool. */
  #queue(scope: TemplateScope): void {
    const pool = scope.confirmed ? this.#confirmed : this.#probation;
    pool.delete(scope);
    pool.add(scope);
    scope.queuedMs = scope.lastUsedMs;
  }

  /** Notes that a session's templates have decoded data: it is real. */
  confirm(scope: TemplateScope): void {
    if (scope.confirmed) return;
    if (this.#confirmed.size >= LIMITS.confirmedScopes) {
      const oldest = this.#confirmed.values().next().value!;
      if (scope.lastUsedMs - oldest.lastUsedMs < LIMITS.reuseAfterMs) return;
      this.#evict(this.#confirmed);
    }
    scope.confirmed = true;
    this.#probationOctets -= scope.waitingOctets;
    this.#probation.delete(scope);
    this.#queue(scope);
  }

  /**
   * Takes in a template, in place of one of its id.
   *
   * @returns whether there was room
   */
  learn(scope: TemplateScope, template: Template): boolean {
    const { id, fields } = template.record;
    const known = scope.templates.get(id);
    if (known === undefined && scope.templates.size >= LIMITS.templatesPerScope) return false;
    const more = fields.length - (known?.record.fields.length ?? 0);
    while (this.#fields + more > LIMITS.fieldsOfAllTemplates) {
      const oldest = this.#probation.values().next().value;
      if (oldest === undefined || oldest === scope) return false;
      this.#evict(this.#probation);
    }
    this.#fields += more;
    scope.fields += more;
    scope.templates.set(id, template);
    return true;
  }

  /** Takes out a template that turned out to be wrong. */
  drop(scope: TemplateScope, { record: { id, fields } }: Template): void {
    if (!scope.templates.delete(id)) return;
    this.#fields -= fields.length;
    scope.fields -= fields.length;
  }

  /**
   * A template that another port of the same exporter announced, for exporters that send templates
   * and data from different ports. Only where all ports agree on it and the set's length fits it.
   *
   * @param source of the set
   * @param domain of the set
   * @param set its template's `id`, and the octets of records and padding it has
   */
  borrow(
    source: DatagramSource,
    domain: number,
    { id, octets }: { id: number; octets: number },
  ): Template | undefined {
    const found = this.#ofAllPorts(source, domain, id);
    return found !== undefined && fits(found, octets) ? found : undefined;
  }

  /** The template of an id that all ports of an exporter agree on. */
  #ofAllPorts(source: DatagramSource, domain: number, id: number): Template | undefined {
    const siblings = this.#siblings.get(familyKey(source.address, domain));
    if (siblings === undefined || siblings.size > MAX_SIBLINGS) return undefined;
    let found: Template | undefined;
    for (const { templates } of siblings) {
      const template = templates.get(id);
      if (template === undefined) continue;
      if (found !== undefined && found.signature !== template.signature) return undefined;
      found = template;
    }
    return found;
  }

  /**
   * Templates that data of a session may be read by: its own, and those it may borrow.
   *
   * @param source of the session
   * @param domain of the session
   * @param scope the session
   */
  usable(source: DatagramSource, domain: number, scope: TemplateScope): Template[] {
    const found = new Map(scope.templates);
    for (const { templates } of this.#siblings.get(familyKey(source.address, domain)) ?? []) {
      for (const id of templates.keys()) {
        if (found.has(id)) continue;
        const template = this.#ofAllPorts(source, domain, id);
        if (template !== undefined) found.set(id, template);
      }
    }
    return [...found.values()];
  }

  /**
   * Keeps a set until its template comes. Sessions in probation share a part of the room, so that
   * forged sources leave some for an exporter that is real.
   *
   * @param scope session it came in
   * @param set its template id, octets and header, and when it came, Unix milliseconds
   * @returns whether there was room
   */
  hold(scope: TemplateScope, set: WaitingSet): boolean {
    const { octets, heldSinceMs } = set;
    if (
      scope.waiting.length >= LIMITS.waitingSets ||
      scope.waitingOctets + octets.length > LIMITS.waitingOctetsPerScope
    ) return false;
    if (!this.#hasRoom(scope, octets.length)) {
      this.#sweep(heldSinceMs);
      if (!this.#hasRoom(scope, octets.length)) return false;
    }
    scope.waiting.push({ ...set, octets: octets.slice() });
    this.#count(scope, octets.length);
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
  ): { ready: WaitingSet[]; expired: number } {
    const ready: WaitingSet[] = [];
    let expired = 0;
    for (let i = scope.waiting.length - 1; i >= 0; i--) {
      const set = scope.waiting[i];
      const old = nowMs - set.heldSinceMs > LIMITS.waitingMs;
      if (set.templateId !== templateId && !old) continue;
      scope.waiting.splice(i, 1);
      this.#count(scope, -set.octets.length);
      if (old) expired++;
      else ready.unshift(set);
    }
    return { ready, expired };
  }

  #hasRoom(scope: TemplateScope, octets: number): boolean {
    return this.#waitingOctets + octets <= LIMITS.waitingOctets &&
      (scope.confirmed || this.#probationOctets + octets <= LIMITS.probationWaitingOctets);
  }

  #count(scope: TemplateScope, octets: number): void {
    scope.waitingOctets += octets;
    this.#waitingOctets += octets;
    if (!scope.confirmed) this.#probationOctets += octets;
  }

  /** Drops what has waited for too long in any session; not for each set that finds no room. */
  #sweep(nowMs: number): void {
    if (nowMs - this.#sweptMs < SWEEP_EVERY_MS) return;
    this.#sweptMs = nowMs;
    for (const pool of [this.#confirmed, this.#probation]) {
      for (const scope of pool.values()) {
        this.#losses.sets += this.release(scope, NO_TEMPLATE, nowMs).expired;
      }
    }
  }

  /** Drops the session of a pool that was unused for longest. */
  #evict(pool: Set<TemplateScope>): void {
    const scope = pool.values().next().value!;
    this.#losses.templates += scope.templates.size;
    this.#losses.sets += scope.waiting.length;
    this.#count(scope, -scope.waitingOctets);
    this.#fields -= scope.fields;
    pool.delete(scope);
    const { family: { address, domain }, familyKey, port } = scope;
    const siblings = this.#siblings.get(familyKey)!;
    siblings.delete(scope);
    if (siblings.size === 0) this.#siblings.delete(familyKey);
    const ofAddress = this.#scopes.get(address)!;
    ofAddress.delete(scopeKey(port, domain));
    if (ofAddress.size === 0) this.#scopes.delete(address);
    this.#evicted++;
  }
}

function fits({ record: { fields } }: Template, octets: number): boolean {
  const least = minimumLength(fields);
  if (fields.some(({ length }) => length === VARIABLE_LENGTH)) return octets >= least;
  return octets >= least && octets % least < MAX_PADDING;
}

function familyKey(address: string, domain: number): string {
  return `${address}|${domain}`;
}

function scopeKey(port: number, domain: number): number {
  return domain * 65_536 + port;
}
