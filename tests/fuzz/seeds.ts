import { builtInCapabilities } from "../../capabilities/registry.ts";
import { readCapture } from "../../core/capture/read_capture.ts";
import type { Capability } from "../../core/collector/capability.ts";
import { SAMPLE_FORMATS, type SampleFormatRow } from "../../core/wire/encode/sample_formats.ts";
import { sampleFlows } from "../../core/wire/encode/scenario.ts";
import { ARRIVAL_MS } from "../support/codec_harness.ts";
import { jsonFlow, SLOW_FLOW } from "../support/sample_datagrams.ts";

/** Datagrams of one exporter in order, of which hostile ones are made. */
export interface Seed {
  readonly name: string;
  readonly datagrams: readonly Uint8Array[];
}

/** Captures of the repository, and the whole set where it stands beside the checkout. */
const FOLDERS = [
  new URL("../corpus/", import.meta.url),
  new URL("../../../shared/corpus/cases/", import.meta.url),
];
/** Longer ones are more of the same, and slow to mutate. */
const LONGEST = 2000;
/** Datagrams of one capture. */
const MOST = 64;

/**
 * What is mutated for one capability: the datagrams of all captures that it recognises, and what
 * the project's own encoders write in its formats.
 *
 * @param capability that is built in
 * @param options `whole`: take the captures beside the checkout too
 */
export async function readSeeds(
  capability: Capability,
  { whole = false }: { whole?: boolean } = {},
): Promise<Seed[]> {
  const seeds = encodedSeeds(capability);
  for (const folder of whole ? FOLDERS : FOLDERS.slice(0, 1)) {
    for (const name of captureNames(folder)) {
      if (seeds.some((seed) => seed.name === name)) continue;
      const datagrams: Uint8Array[] = [];
      const file = await Deno.open(new URL(`${name}/capture.pcap`, folder));
      for await (const event of readCapture(file.readable)) {
        if (event.kind !== "datagram" || datagrams.length >= MOST) continue;
        const { payload } = event.datagram;
        if (payload.length <= LONGEST && capability.recognises(payload)) {
          datagrams.push(payload.slice());
        }
      }
      if (datagrams.length > 0) seeds.push({ name, datagrams });
    }
  }
  return seeds;
}

/** Names of the cases of a folder, in a fixed order; none where it is not there. */
function captureNames(folder: URL): string[] {
  try {
    return [...Deno.readDirSync(folder)].filter(({ isDirectory }) => isDirectory)
      .map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function encodedSeeds(capability: Capability): Seed[] {
  const formats = Object.entries<SampleFormatRow>(SAMPLE_FORMATS);
  const seeds = formats.map(([name, format]) => ({ name, datagrams: encoded(format) }));
  const texts = [SLOW_FLOW, jsonFlow(12.5), `[${jsonFlow(null)},${jsonFlow(1, 53)}]`];
  seeds.push({
    name: "json-lines",
    datagrams: texts.map((text) => new TextEncoder().encode(text)),
  });
  return seeds.filter(({ datagrams }) => datagrams.every((each) => capability.recognises(each)));
}

function encoded({ start, flowsPerDatagram }: SampleFormatRow): Uint8Array[] {
  const flows = sampleFlows("latency", { seed: 1, now: () => ARRIVAL_MS });
  const encoder = start(ARRIVAL_MS - 3_600_000);
  return Array.from({ length: 3 }, () => {
    const some = Array.from({ length: flowsPerDatagram }, () => flows.next().value);
    return encoder.encode(some, ARRIVAL_MS);
  });
}

/** The built-in capability of a name. */
export function capabilityNamed(name: string): Capability {
  const found = builtInCapabilities.find((capability) => capability.name === name);
  if (found === undefined) {
    const known = builtInCapabilities.map((capability) => capability.name).join(", ");
    throw new TypeError(`no capability ${name}; there are ${known}`);
  }
  return found;
}
