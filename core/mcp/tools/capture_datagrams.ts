import { z } from "zod";
import { countOf } from "../../count_of.ts";
import { capabilityName, portNumber } from "../schemas.ts";
import { defineTool, ToolError } from "../tool.ts";

const count = z.number();

/** Offered only where a folder for captures is configured. */
export const captureDatagrams = defineTool({
  name: "capture_datagrams",
  title: "Capture an exporter's datagrams",
  description:
    "Writes what one exporter sends to the running collectors to a pcap file, so that a " +
    "decoding complaint becomes a test case: in the server's capture folder, under a name that it " +
    "chooses. Templates and options that came before are put in front, so that the file decodes " +
    'alone. Example: {"exporter":"192.0.2.1","seconds":60}. Answers when `max_datagrams` have come ' +
    "or the time is over, with progress meanwhile; cancelling keeps what was captured. One capture " +
    "at a time. Find exporters with capability_status.",
  hints: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: false,
    openWorldHint: true,
  },
  input: z.strictObject({
    exporter: z.string().min(1).max(64).describe("IP address that sends the datagrams"),
    capability: capabilityName.optional()
      .describe("only collectors of this capability; default: all that run"),
    port: portNumber.optional().describe("only the collector on this port"),
    seconds: z.number().min(1).max(600).default(30).describe("longest it may take"),
    max_datagrams: z.number().int().min(1).max(1_000_000).default(1000)
      .describe("datagrams after which it ends, once their templates are there"),
    anonymise: z.boolean().default(true).describe(
      "replace addresses by others with the same prefixes in common, names by letters",
    ),
  }),
  output: z.object({
    file: z.string().describe("name within the capture folder"),
    datagrams: count,
    octets: count.describe("of the file"),
    templates: count.describe("that came before and were put in front"),
    not_captured: count.describe("datagrams that came faster than they may be copied"),
    complete: z.string().describe("whether all of it can be decoded, and what is missing"),
  }),
  async run({ max_datagrams: maxDatagrams, ...request }, { recorder, signal, progress }) {
    if (recorder === null) {
      throw new ToolError(
        "no folder for captures is configured; start flow-agent with FLOW_CAPTURE_FOLDER set, and " +
          "with --allow-read and --allow-write for that folder",
      );
    }
    const result = await recorder.capture({ ...request, maxDatagrams }, {
      signal,
      progress: (datagrams) => progress(datagrams, Math.max(maxDatagrams, datagrams)),
    });
    const { datagrams, file, complete } = result;
    return { result, text: `${countOf(datagrams, "datagram")} in ${file}. ${complete}` };
  },
});
