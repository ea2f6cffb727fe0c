import { encodeJson, JSON_FLOWS_PER_DATAGRAM } from "../wire/encode/json.ts";
import { NetFlow5Encoder, V5_FLOWS_PER_DATAGRAM } from "../wire/encode/netflow5.ts";
import {
  type SampleFlow,
  sampleFlows as makeFlows,
  type Scenario,
  SCENARIOS,
} from "../wire/encode/scenario.ts";
import { type Command, CommandFailure, type House, UsageError } from "./command.ts";
import { parseEndpoint } from "./parse_endpoint.ts";
import { sendDatagrams } from "./send_datagrams.ts";

const FORMATS = ["json", "netflow5"] as const;
/** Flows start up to two seconds before they are sent. */
const UPTIME_MS = 3_600_000;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

export const send: Command = {
  name: "send",
  summary: "sends sample traffic to a collector",
  options: {
    format: { type: "string", value: "FORMAT", description: `${FORMATS.join(" or ")} (json)` },
    to: { type: "string", value: "HOST:PORT", description: "where to (127.0.0.1, default port)" },
    rate: { type: "string", value: "N", description: "flows a second (200)" },
    count: { type: "string", value: "N", description: "flows in all (1000)" },
    scenario: { type: "string", value: "NAME", description: `${SCENARIOS.join(" or ")} (normal)` },
    seed: { type: "string", value: "N", description: "the same seed sends the same flows (1)" },
    "allow-remote": { type: "boolean", description: "send beyond this machine" },
  },
  async run(args, house) {
    const format = args.oneOf("format", FORMATS) ?? "json";
    const target = parseEndpoint(args.text("to") ?? "", "--to");
    const host = target.host ?? "127.0.0.1";
    if (!LOOPBACK.test(host) && !args.flag("allow-remote")) {
      throw new UsageError(
        `--to ${host} is beyond this machine; add --allow-remote if you mean to send there`,
      );
    }
    const port = target.port ?? (format === "json" ? 6343 : 2055);
    const scenario = args.oneOf("scenario", SCENARIOS) ?? "normal";
    if (format === "netflow5" && scenario === "latency") {
      console.error("netflow5 carries no latency: its flows arrive without; use --format json");
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
    console.log(`sent ${sent.flows} flows in ${sent.datagrams} datagrams to ${host} port ${port}`);
    return 0;
  },
};

/** What sample traffic to send where. */
export interface SampleTraffic {
  readonly format: (typeof FORMATS)[number];
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
  const encoder = new NetFlow5Encoder({ bootMs: clock.now() - UPTIME_MS });
  const perDatagram = format === "json" ? JSON_FLOWS_PER_DATAGRAM : V5_FLOWS_PER_DATAGRAM;
  let sent = 0;
  const datagrams = await sendDatagrams({
    to,
    clock,
    perSecond: rate / perDatagram,
    next() {
      const batch: SampleFlow[] = [];
      while (batch.length < perDatagram && sent < count) {
        batch.push(flows.next().value);
        sent++;
      }
      if (batch.length === 0) return null;
      return format === "json" ? encodeJson(batch) : encoder.encode(batch, clock.now());
    },
  }).catch((error) => {
    throw new CommandFailure(`cannot send to ${to.host} port ${to.port}: ${error.message}`);
  });
  return { flows: sent, datagrams };
}
