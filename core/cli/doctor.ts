import { loadCapabilities } from "../collector/load_capabilities.ts";
import { probeReceiveBuffer } from "../collector/probe_receive_buffer.ts";
import type { Config } from "../config/schema.ts";
import { HISTORY_FORM } from "../history/history_database.ts";
import { STATE_FORM } from "../state/open_database.ts";
import { IN_MEMORY } from "../storage/open_database.ts";
import { type Command, type CommandArgs, type House, UsageError } from "./command.ts";
import { askRates, type SeenRates } from "./doctor/ask_rates.ts";
import { checkBuffer } from "./doctor/check_buffer.ts";
import { checkFolder } from "./doctor/check_folder.ts";
import { checkPorts } from "./doctor/check_ports.ts";
import { checked, type Finding } from "./doctor/finding.ts";
import { keptFolder } from "./kept_folder.ts";
import { loadNames } from "./load_names.ts";
import { parseCollect, type WantedCollector } from "./parse_collect.ts";
import { parseUrl } from "./reach_server.ts";
import { requireCapability } from "./require_capability.ts";
import { loadSettings, SETTINGS_OPTIONS, STATE_OPTIONS } from "./settings.ts";
import { workingFolder } from "./working_folder.ts";

const MAX_RATE = 1e7;
/** Of no server. */
const UNSEEN: SeenRates = { findings: [], rate: null, ports: new Set() };

export const doctor: Command = {
  name: "doctor",
  summary: "checks permissions, ports, the socket buffer and folders, and says how to mend each",
  options: {
    collect: {
      type: "string",
      multiple: true,
      value: "NAME[@HOST][:PORT]",
      description:
        "a collector whose port is to be tried; default: each capability on its own port",
    },
    rate: {
      type: "string",
      value: "N",
      description: "datagrams a second that the busiest collector has to bear",
    },
    url: {
      type: "string",
      value: "URL",
      description: "a running server's http://…/mcp, whose collectors are watched for 2 s",
    },
    ...STATE_OPTIONS,
    ...SETTINGS_OPTIONS,
  },
  async run(args, house) {
    const url = parseUrl(args.text("url"));
    const expected = args.number("rate", { min: 1, max: MAX_RATE }) ?? null;
    const collect = args.list("collect").map(parseCollect);
    const seen: SeenRates = url === null ? UNSEEN : await askRates(url, house.clock)
      .catch((error) => ({
        ...UNSEEN,
        findings: [{ verdict: "fault", what: "server", text: error.message }],
      }));
    const settings = await checkSettings(args, { house, collect, held: seen.ports });
    const findings = [...settings, ...seen.findings];
    const rate = Math.max(expected ?? 0, seen.rate ?? 0) || null;
    const buffer = await probeReceiveBuffer(house.clock);
    findings.push(checkBuffer(buffer, { rate, os: Deno.build.os }));
    print(findings);
    return findings.some(({ verdict }) => verdict === "fault") ? 1 : 0;
  },
};

/** What follows from the configuration; nothing does from one that cannot be used. */
async function checkSettings(
  args: CommandArgs,
  { house, collect, held }: {
    house: House;
    /** What `--collect` names; nothing for each capability on its own port. */
    collect: readonly WantedCollector[];
    held: ReadonlySet<number>;
  },
): Promise<Finding[]> {
  let settings: Awaited<ReturnType<typeof loadSettings>>;
  try {
    settings = await loadSettings(args);
  } catch (error) {
    return [{ verdict: "fault", what: "configuration", text: (error as Error).message }];
  }
  const { config } = settings;
  const findings = [
    await checked("configuration", () => {
      loadNames(config);
      return { verdict: "ok", what: "configuration", text: "can be used" };
    }),
    ...await checkFolders(config),
  ];
  try {
    const loaded = await loadCapabilities(settings.capabilities, {
      builtIn: await house.builtIn(),
      folder: workingFolder(),
    });
    const capabilities = loaded.map(({ capability }) => capability);
    const names = capabilities.map(({ name }) => name);
    const wanted: readonly WantedCollector[] = collect.length > 0
      ? collect
      : names.map((name) => ({ name }));
    const collectors = wanted.map(({ name, host, port }) => {
      requireCapability(name, { option: "--collect", names });
      const { defaultPort } = capabilities.find((capability) => capability.name === name)!;
      return {
        capability: name,
        host: host ?? config.collector.host,
        port: port ?? defaultPort,
      };
    });
    findings.push(...checkPorts(collectors, held));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    findings.push({ verdict: "fault", what: "capabilities", text: (error as Error).message });
  }
  return findings;
}

async function checkFolders({ state, history }: Config): Promise<Finding[]> {
  const places = [
    { what: "state", wanted: state.folder, form: STATE_FORM },
    ...history.enabled
      ? [{ what: "history", wanted: history.folder || state.folder, form: HISTORY_FORM }]
      : [],
  ];
  return await Promise.all(
    places.map(({ what, wanted, form }) =>
      checked(
        what,
        () =>
          wanted === IN_MEMORY
            ? { verdict: "note", what, text: "is gone with the process, as is configured" }
            : checkFolder(what, { folder: keptFolder(wanted), form }),
      )
    ),
  );
}

function print(findings: readonly Finding[]): void {
  const width = Math.max(...findings.map(({ what }) => what.length));
  for (const { verdict, what, text, remedy = [] } of findings) {
    console.log(`${verdict.padEnd(6)} ${what.padEnd(width)}  ${text}`);
    for (const line of remedy) console.log(`${" ".repeat(9 + width)}${line}`);
  }
  const faults = findings.filter(({ verdict }) => verdict === "fault").length;
  console.log(faults === 0 ? "nothing is at fault" : `at fault: ${faults} of ${findings.length}`);
}
