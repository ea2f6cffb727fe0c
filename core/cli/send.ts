import { countOf } from "../count_of.ts";
import { SAMPLE_FORMATS, type SampleFormat } from "../wire/encode/sample_formats.ts";
import {
  type SampleFlow,
  sampleFlows as makeFlows,
  type Scenario,
  SCENARIOS,
} from "../wire/encode/scenario.ts";
import { type Command, CommandFailure, type House } from "./command.ts";
import { requireLoopback } from "./require_loopback.ts";
import { parseEndpoint } from "./parse_endpoint.ts";
import { sendDatagrams } from "./send_datagrams.ts";

const FORMATS = Object.keys(SAMPLE_FORMATS) as SampleFormat[];
/** Flows start up to two seconds before they are sent. */
const UPTIME_MS = 3_600_000;

export const send: Command = {
  name: "send",
  summary: "sends sample traffic to a collector",
  options: {
    format: { type: "string", value: "FORMAT", description: `${FORMATS.join(", ")} (json)` },
    to: { type: "string", value: "HOST:PORT", description: "where to (127.0.0.1, default port)" },
    rate: { type: "string", value: "N", description: "flows a second (200)" },
    count: { type: "string", value: "N", description: "flows in all (1000)" },
    scenario: { type: "string", value: "NAME", description: `${SCENARIOS.join(", ")} (normal)` },
    seed: { type: "string", value: "N", description: "the same seed sends the same flows (1)" },
    "allow-remote": { type: "boolean", description: "send beyond this machine" },
  },
  async run(args, house) {
    const format = args.oneOf("format", FORMATS) ?? "json";
    const target = parseEndpoint(args.text("to") ?? "", { option: "--to" });
    const host = target.host ?? "127.0.0.1";
    requireLoopback(host, args.flag("allow-remote"));
    const port = target.port ?? SAMPLE_FORMATS[format].port;
    const scenario = args.oneOf("scenario", SCENARIOS) ?? "normal";
    if (!SAMPLE_FORMATS[format].carriesLatency && scenario === "latency") {
      console.error(`${format} carries no latency: its flows arrive without; use --format json`);
    }
    const count = args.number("count", { min: 1, max: 1e9 }) ?? 1000;
    const sent = await sendSamples({
      format,
      scenario,
      count,
      rate: args.number("rate", { min: 0.1, max: 1e6 }) ?? 200,
      seed: args.number("seed", { min: 0, max: 2 ** 32 - 1 }) ?? 1,
      to: { host, port },
      house,
    });
    const [flows, datagrams] = [countOf(sent.flows, "flow"), countOf(sent.datagrams, "datagram")];
    console.log(`sent ${flows} in ${datagrams} to ${host} port ${port}`);
    return 0;
  },
};

/** What sample traffic to send where. */
export interface SampleTraffic {
  readonly format: SampleFormat;
  readonly scenario: Scenario;
  /** Flows in all. */
  readonly count: number;
  /** Flows a second. */
  readonly rate: number;
  readonly seed: number;
  readonly to: { readonly host: string; readonly port: number };
  readonly house: Pick<House, "clock">;
}

/**
 * Sends sample traffic.
 *
 * @returns what was handed to the system
 * @throws {CommandFailure} when it cannot be sent
 */
export async function sendSamples(
  { format, scenario, count, rate, seed, to, house }: SampleTraffic,
): Promise<{ flows: number; datagrams: number }> {
  const { clock } = house;
  const flows = makeFlows(scenario, { seed, now: () => clock.now() });
  const { flowsPerDatagram, start } = SAMPLE_FORMATS[format];
  const encoder = start(clock.now() - UPTIME_MS);
  let sent = 0;
  const datagrams = await sendDatagrams({
    to,
    clock,
    perSecond: rate / flowsPerDatagram,
    next() {
      const batch: SampleFlow[] = [];
      while (batch.length < flowsPerDatagram && sent < count) {
        batch.push(flows.next().value);
        sent++;
      }
      if (batch.length === 0) return null;
      return encoder.encode(batch, clock.now());
    },
  }).catch((error) => {
    throw new CommandFailure(`cannot send to ${to.host} port ${to.port}: ${error.message}`);
  });
  return { flows: sent, datagrams };
}
