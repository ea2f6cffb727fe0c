/** What a {@linkcode LogBins} covers. All values share one unit, which the bins do not care about. */
export interface LogBinsOptions {
  /** Largest relative error of a bin's representative value: 0.0001 … 0.5 (0.01 is 1 %). */
  relativeError: number;
  /** Smallest value with that error, above 0. Smaller values share the underflow bin. */
  minValue: number;
  /** Largest value with that error, above `minValue`. Larger values share the overflow bin. */
  maxValue: number;
}

/**
 * A fixed division of a value range into bins of equal relative width, as in DDSketch
 * (Masson, Rim, Lee: "DDSketch", VLDB 2019, §2.1).
 *
 * With gamma = (1 + e) / (1 − e), bin i (1 … `count` − 2) holds [min · gamma^(i−1), min · gamma^i)
 * and is represented by the value whose relative distance to both ends is e. Bin 0 is the
 * underflow bin: whatever is below `minValue`, 0 and (should they come) negative values and NaN;
 * it is represented by 0. Bin `count` − 1 is the overflow bin, represented by `maxValue`.
 *
 * The bound e holds up to the rounding of one logarithm, about 1e-13 of the value.
 */
export class LogBins {
  /** Number of bins, underflow and overflow included: 1154 for 0.001 … 10^7 at 1 %. */
  readonly count: number;
  readonly relativeError: number;
  readonly minValue: number;
  readonly maxValue: number;
  readonly #logMin: number;
  readonly #logGamma: number;
  readonly #perLogGamma: number;

  constructor({ relativeError, minValue, maxValue }: LogBinsOptions) {
    if (!(relativeError >= 0.0001 && relativeError <= 0.5)) {
      throw new RangeError(`Cannot divide into bins: relativeError is ${relativeError}, \
wanted 0.0001 to 0.5`);
    }
    if (!(minValue > 0 && maxValue > minValue && maxValue < Infinity)) {
      throw new RangeError(`Cannot divide into bins: the range is ${minValue} to ${maxValue}, \
wanted 0 < minValue < maxValue`);
    }
    this.relativeError = relativeError;
    this.minValue = minValue;
    this.maxValue = maxValue;
    this.#logMin = Math.log(minValue);
    this.#logGamma = Math.log((1 + relativeError) / (1 - relativeError));
    this.#perLogGamma = 1 / this.#logGamma;
    this.count = this.#regularBinOf(maxValue) + 2;
  }

  /** The bin (0 … `count` − 1) that holds `value`. */
  binOf(value: number): number {
    if (!(value >= this.minValue)) return 0;
    return value > this.maxValue ? this.count - 1 : this.#regularBinOf(value);
  }

  /** The value that stands for all values of `bin`: 0 for underflow, `maxValue` for overflow. */
  valueOf(bin: number): number {
    if (bin <= 0) return 0;
    if (bin >= this.count - 1) return this.maxValue;
    const lower = Math.exp(this.#logMin + (bin - 1) * this.#logGamma);
    // lower · 2·gamma/(1 + gamma), and 2·gamma/(1 + gamma) is 1 + e.
    return lower * (1 + this.relativeError);
  }

  /** Whether bin i means the same values here and there. */
  equals(other: LogBins): boolean {
    return this.relativeError === other.relativeError && this.minValue === other.minValue &&
      this.maxValue === other.maxValue;
  }

  #regularBinOf(value: number): number {
    return 1 + Math.floor((Math.log(value) - this.#logMin) * this.#perLogGamma);
  }
}
