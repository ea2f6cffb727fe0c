/** Answers kept, by address: a power of two. Where two addresses fall together the later one stays. */
const KEPT = 4096;
const UNKNOWN = 0;
const WANTED = 1;
const UNWANTED = 2;

/** Whether the address at a place is wanted. */
export type AddressTest = (words: Uint32Array, at: number) => boolean;

/** The same test, which looks most addresses up once. Nothing grows, nothing is allocated a row. */
export function keepAnswers(test: AddressTest): AddressTest {
  const keys = new Uint32Array(KEPT * 4);
  const answers = new Uint8Array(KEPT);
  return (words, at) => {
    const w0 = words[at], w1 = words[at + 1], w2 = words[at + 2], w3 = words[at + 3];
    let hash = Math.imul(w0 ^ Math.imul(w1, 0x85eb_ca6b), 0xc2b2_ae35) ^ w2;
    hash = Math.imul(hash ^ w3, 0x9e37_79b1);
    const place = (hash ^ (hash >>> 15)) & (KEPT - 1);
    const key = place * 4;
    const same = keys[key + 3] === w3 && keys[key + 2] === w2 && keys[key + 1] === w1 &&
      keys[key] === w0;
    if (same && answers[place] !== UNKNOWN) return answers[place] === WANTED;
    keys[key] = w0;
    keys[key + 1] = w1;
    keys[key + 2] = w2;
    keys[key + 3] = w3;
    const wanted = test(words, at);
    answers[place] = wanted ? WANTED : UNWANTED;
    return wanted;
  };
}
