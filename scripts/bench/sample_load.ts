import { ROOT } from "../../tests/support/program.ts";

/** What `flow-agent send` is to send. */
export interface SampleLoad {
  readonly format: "json" | "netflow9";
  readonly port: number;
  readonly flows: number;
  readonly flowsPerSecond: number;
}

/**
 * Sends sample flows with the program's own sender, in a process of its own.
 *
 * @param load what, where on 127.0.0.1, and how fast
 * @returns datagrams and flows that it handed to the system
 */
export async function sendSampleLoad(
  { format, port, flows, flowsPerSecond }: SampleLoad,
): Promise<{ flows: number; datagrams: number }> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--frozen", "--no-prompt", "--allow-net", "main.ts", "send"].concat(
      ["--format", format, "--to", `127.0.0.1:${port}`],
      ["--count", `${flows}`, "--rate", `${flowsPerSecond}`],
    ),
    cwd: ROOT,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const [, sent, datagrams] = /sent (\d+) flows in (\d+) datagrams/
    .exec(new TextDecoder().decode(stdout))!;
  return { flows: Number(sent), datagrams: Number(datagrams) };
}
