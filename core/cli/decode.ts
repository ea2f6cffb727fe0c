import { CaptureDecoding } from "./capture_decoding.ts";
import { type Command, UsageError } from "./command.ts";
import { LineWriter } from "./line_writer.ts";

export const decode: Command = {
  name: "decode",
  summary: "prints the flows of pcap, pcapng and raw datagram files, one JSON object a line",
  positionals: "FILE…",
  options: {
    format: {
      type: "string",
      value: "NAME",
      description: "capability to decode with; default: by content and port",
    },
    elements: {
      type: "boolean",
      description: "add each flow's fields as on the wire; options records have none",
    },
    counters: {
      type: "boolean",
      description: "print interface samples with their rates, and other counters of devices, too",
    },
  },
  async run(args, house) {
    const builtIn = await house.builtIn();
    if (args.positionals.length === 0) throw new UsageError("decode: name a file to decode");
    const out = new LineWriter(Deno.stdout);
    const decoding = new CaptureDecoding(builtIn, {
      format: args.oneOf("format", builtIn.map(({ name }) => name)),
      elements: args.flag("elements"),
      counters: args.flag("counters"),
    });
    const { decoder } = decoding;
    let records = 0;
    let failed = false;
    for (const path of args.positionals) {
      const whole = await decoding.file(path, (capability, datagram, from) => {
        for (const record of decoder.decode(capability, datagram, from)) {
          records++;
          out.line(JSON.stringify(record));
        }
        for (const counter of decoder.counters()) out.line(JSON.stringify(counter));
      });
      out.flush();
      failed = !whole || failed;
    }
    decoding.summary(records);
    return failed ? 1 : 0;
  },
};
