/** One field of a template. */
export interface TemplateField {
  /** Enterprise number, 0 for IANA's own elements. */
  readonly pen: number;
  readonly id: number;
  /** Octets, or VARIABLE_LENGTH. */
  readonly length: number;
}
