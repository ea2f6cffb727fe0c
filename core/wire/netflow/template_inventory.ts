import { IPFIX } from "./ipfix.ts";
import { parseTemplates } from "./parse_templates.ts";
import { FIRST_DATA_SET, readSets } from "./read_sets.ts";
import { NETFLOW9 } from "./v9.ts";

const DIALECTS = new Map([[9, NETFLOW9], [10, IPFIX]]);
/** Templates remembered; sources can be forged without end. */
const MAX_TEMPLATES = 65_536;

/** Keeps account of which data of NetFlow v9 and IPFIX has come with its templates. */
export class TemplateInventory {
  readonly #announced = new Set<string>();
  readonly #missing = new Set<string>();

  /**
   * Notes a datagram that is kept.
   *
   * @param datagram any payload; of other formats nothing is noted
   */
  note(datagram: Uint8Array): void {
    const announced = new Set<string>();
    for (const { template, isData } of templatesOf(datagram)) {
      if (!isData) announced.add(template);
      else if (!this.#announced.has(template) && this.#missing.size < MAX_TEMPLATES) {
        this.#missing.add(template);
      }
    }
    for (const template of announced) {
      if (this.#announced.size < MAX_TEMPLATES) this.#announced.add(template);
      this.#missing.delete(template);
    }
  }

  /** Whether a datagram announces a template that noted data has not got yet. */
  brings(datagram: Uint8Array): boolean {
    for (const { template, isData } of templatesOf(datagram)) {
      if (!isData && this.#missing.has(template)) return true;
    }
    return false;
  }

  /** How many templates were announced. */
  get announced(): number {
    return this.#announced.size;
  }

  /** Templates that data was seen of and that were not announced: "template 256 of domain 1". */
  get missing(): readonly string[] {
    return [...this.#missing];
  }
}

/** The templates that a datagram announces, or holds data of. */
function* templatesOf(datagram: Uint8Array): Generator<{ template: string; isData: boolean }> {
  const dialect = datagram.length < 2 ? undefined : DIALECTS.get(datagram[0] * 256 + datagram[1]);
  if (dialect === undefined || datagram.length < dialect.headerLength) return;
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
  const { domain, length } = dialect.readHeader(view);
  const to = Math.min(length, datagram.length);
  const name = (id: number) => `template ${id} of domain ${domain}`;
  for (const set of readSets(view, { from: dialect.headerLength, to })) {
    if (set.id >= FIRST_DATA_SET) yield { template: name(set.id), isData: true };
    if (set.id !== dialect.templateSet && set.id !== dialect.optionsTemplateSet) continue;
    const how = { dialect: dialect.templates, options: set.id === dialect.optionsTemplateSet };
    for (const found of parseTemplates(view, set, how)) {
      if (!("code" in found)) yield { template: name(found.id), isData: false };
    }
  }
}
