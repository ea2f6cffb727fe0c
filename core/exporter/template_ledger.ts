/** Templates of one exporter, source port and domain of which is kept when they were announced. */
export const MAX_TOLD_TEMPLATES = 32;
/** Cells of a template: id, announced, interval before that, data came; 0 for not yet. */
const CELLS = 4;
const STRIDE = MAX_TOLD_TEMPLATES * CELLS;
/** A template that comes again within this is announced once: it says nothing of how often it comes. */
const REPEAT_MS = 5000;

/** When an exporter announced a template, and used it, in Unix milliseconds. */
export interface ToldTemplate {
  readonly template_id: number;
  /** The last time, repeats within five seconds left out; null where it is known from before the collector started. */
  readonly announced_ms: number | null;
  /** Milliseconds between the last two times; null where it came but once. */
  readonly interval_ms: number | null;
  /** When data of it was last read; null for not yet. */
  readonly used_ms: number | null;
}

/**
 * When the templates of exporters were announced and used, in shared memory: the collector's worker
 * writes, any thread reads. Of an exporter with more templates the first stay.
 */
export class TemplateLedger {
  readonly #cells: Float64Array;

  /**
   * @param memory where the cells lie, from `offset` in bytes on
   * @param slots exporters there is room for
   */
  constructor(memory: SharedArrayBuffer, { offset, slots }: { offset: number; slots: number }) {
    this.#cells = new Float64Array(memory, offset, slots * STRIDE);
  }

  /** Bytes of shared memory for so many exporters. */
  static bytes(slots: number): number {
    return slots * STRIDE * 8;
  }

  /** Notes that a template came. Writer only. */
  announced(slot: number, templateId: number, nowMs: number): void {
    const at = this.#find(slot, templateId);
    if (at < 0) return;
    const cells = this.#cells;
    const since = nowMs - cells[at + 1];
    if (cells[at + 1] > 0 && since >= 0) {
      // Redundant exporters and large fleets of templates repeat one within moments.
      if (since < REPEAT_MS) return;
      cells[at + 2] = since;
    }
    cells[at + 1] = nowMs;
  }

  /** Notes that data of a template was read. Writer only. */
  used(slot: number, templateId: number, nowMs: number): void {
    const at = this.#find(slot, templateId);
    if (at >= 0) this.#cells[at + 3] = nowMs;
  }

  /** Forgets the templates of a slot that gets another exporter. Writer only. */
  clear(slot: number): void {
    this.#cells.fill(0, slot * STRIDE, (slot + 1) * STRIDE);
  }

  /** The templates of a slot, in the order in which they were first heard of. */
  of(slot: number): ToldTemplate[] {
    const told: ToldTemplate[] = [];
    const cells = this.#cells;
    for (let at = slot * STRIDE; at < (slot + 1) * STRIDE && cells[at] > 0; at += CELLS) {
      told.push({
        template_id: cells[at],
        announced_ms: cells[at + 1] || null,
        interval_ms: cells[at + 2] || null,
        used_ms: cells[at + 3] || null,
      });
    }
    return told;
  }

  /** Where a template's cells are, made now if it is new; -1 where there is no room. */
  #find(slot: number, templateId: number): number {
    const cells = this.#cells;
    const end = (slot + 1) * STRIDE;
    for (let at = slot * STRIDE; at < end; at += CELLS) {
      if (cells[at] === templateId) return at;
      if (cells[at] === 0) {
        cells[at] = templateId;
        return at;
      }
    }
    return -1;
  }
}
