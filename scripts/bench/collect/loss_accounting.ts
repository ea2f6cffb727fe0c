import { type CapabilityStatus, FlowAgentServer } from "./flow_agent_server.ts";
import { type FormatName, FORMATS, type Generator } from "./generator.ts";
import { numberedDatagrams } from "./numbered_datagrams.ts";

const DATAGRAMS = 20_000;
const EXPORTERS = 4;
const LOSS_PERCENT = 1;
/** Datagrams that are sent before the collector is given time to take them. */
const AT_ONCE = 20;
const PAUSE_MS = 5;

/** What came of one exporter and domain. */
export interface Accounted {
  readonly format: FormatName;
  readonly exporter: string;
  /** Missing among the datagrams that were sent, by their own numbers; the same as reported. */
  readonly missing: number;
  readonly reported: number;
  readonly unit: string | null;
}

/**
 * Leaves one datagram in a hundred out, and asks what the server says of that.
 *
 * @param format of the datagrams
 * @param options the `generator`, the `folder` for its file, and the `port` of the collector
 */
export async function accountedLoss(
  format: FormatName,
  { generator, folder, port }: { generator: Generator; folder: string; port: number },
): Promise<Accounted[]> {
  const file = `${folder}/${format}.bin`;
  await generator.write(format, file, {
    datagrams: DATAGRAMS,
    exporters: EXPORTERS,
    lossPercent: LOSS_PERCENT,
  });
  const numbered = numberedDatagrams(format, Deno.readFileSync(file));
  const { capability } = FORMATS[format];
  const httpPort = port + 1;
  await using server = await FlowAgentServer.start({
    cores: "0",
    capability,
    ports: [port],
    httpPort,
  });
  const to = { transport: "udp", hostname: "127.0.0.1", port } as const;
  for (const { datagrams } of numbered) {
    const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    for (const [place, datagram] of datagrams.entries()) {
      await socket.send(datagram, to);
      if (place % AT_ONCE === 0) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    socket.close();
  }
  const { exporters } = await server.settled(capability);
  return numbered.map(({ exporter, missing }) => {
    const found = exporters.find((one) => nameOf(format, one) === exporter);
    const reported = found?.sequence_lost ?? NaN;
    return { format, exporter, missing, reported, unit: found?.sequence_unit ?? null };
  });
}

function nameOf(
  format: FormatName,
  { address, observation_domain }: CapabilityStatus["exporters"][number],
): string {
  return format === "sflow" ? `${address} ${observation_domain}` : String(observation_domain);
}
