/**
 * With whom a host exchanges most, and how much of its traffic that is at least: a weighted majority
 * vote (Boyer, Moore: "MJRTY", 1981) in one reading, without a table of pairs.
 */
export class MainPartner {
  #partner = new Int32Array(64).fill(-1);
  /** Octets of the partner beyond those of all others; octets of all. */
  #ahead = new Float64Array(64);
  #all = new Float64Array(64);

  /**
   * Takes traffic of a host.
   *
   * @param of number of its series
   * @param partner the other host
   * @param octets that they exchanged
   */
  note(of: number, partner: number, octets: number): void {
    if (of < 0) return;
    if (of >= this.#partner.length) this.#grow(of);
    this.#all[of] += octets;
    if (this.#partner[of] === partner) {
      this.#ahead[of] += octets;
    } else if (this.#ahead[of] >= octets) {
      this.#ahead[of] -= octets;
    } else {
      this.#partner[of] = partner;
      this.#ahead[of] = octets - this.#ahead[of];
    }
  }

  /**
   * The share of a host's traffic that goes to or comes from one other host at least, 0 to 1. With the
   * true share f it lies between 2f − 1 and f.
   */
  leastShare(of: number): number {
    return of >= 0 && this.#all[of] > 0 ? this.#ahead[of] / this.#all[of] : 0;
  }

  #grow(of: number): void {
    const length = Math.max(of + 1, this.#partner.length * 2);
    const partner = new Int32Array(length).fill(-1);
    partner.set(this.#partner);
    this.#partner = partner;
    const ahead = new Float64Array(length);
    ahead.set(this.#ahead);
    this.#ahead = ahead;
    const all = new Float64Array(length);
    all.set(this.#all);
    this.#all = all;
  }
}
