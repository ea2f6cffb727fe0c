import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Octets of the heap in use once its garbage is collected. */
export function heapUsed(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return Deno.memoryUsage().heapUsed;
}
