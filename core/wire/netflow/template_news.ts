import type { ExporterAccount } from "../codec.ts";
import type { Template } from "./template.ts";

/** That data comes by a template is told at most so often. */
const TELL_EVERY_MS = 1000;
/** `samplerId` (48) and `selectorId` (302), which name a sampler (IANA "IPFIX Entities"). */
const SAMPLER_ELEMENTS: ReadonlySet<number> = new Set([48, 302]);

/** What one datagram showed of its exporter's templates, until its account is at hand. */
export class TemplateNews {
  readonly #announced: number[] = [];
  readonly #used: number[] = [];
  #unrated = false;

  /** Begins with a datagram. */
  clear(): void {
    if (this.#announced.length > 0) this.#announced.length = 0;
    if (this.#used.length > 0) this.#used.length = 0;
    this.#unrated = false;
  }

  /** A template came, new or again. */
  announced(templateId: number): void {
    this.#announced.push(templateId);
  }

  /**
   * Records were read by a template.
   *
   * @param template of the records
   * @param at `nowMs` Unix milliseconds, and the `rate` of sampling that is known for them, 0 for none
   */
  used(template: Template, { nowMs, rate }: { nowMs: number; rate: number }): void {
    if (nowMs - template.usedToldMs < TELL_EVERY_MS) return;
    template.usedToldMs = nowMs;
    const { id, fields } = template.record;
    this.#used.push(id);
    if (rate === 0 && !template.isOptions) {
      this.#unrated ||= fields.some((field) => field.pen === 0 && SAMPLER_ELEMENTS.has(field.id));
    }
  }

  /** Tells the exporter's account. */
  tell(account: ExporterAccount, nowMs: number): void {
    for (const id of this.#announced) account.announced(id, nowMs);
    for (const id of this.#used) account.used(id, nowMs);
    if (this.#unrated) account.unrated(nowMs);
  }
}
