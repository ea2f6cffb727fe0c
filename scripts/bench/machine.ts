/**
 * What a figure was measured on, as an item of a list in Markdown.
 *
 * @param before load average (of one minute) as the measurement began
 */
export async function machineLine(before: number): Promise<string> {
  const [after] = Deno.loadavg();
  return `- ${new Date().toISOString().slice(0, 10)}, ${await cpuName()}, ` +
    `${navigator.hardwareConcurrency} cores, load average ${before.toFixed(1)} before and ` +
    `${after.toFixed(1)} after; Deno ${Deno.version.deno}, ${Deno.build.os}.`;
}

/** Deno itself reads below /proc with all permissions alone. */
async function cpuName(): Promise<string> {
  const { stdout } = await new Deno.Command("cat", { args: ["/proc/cpuinfo"] }).output();
  const text = new TextDecoder().decode(stdout);
  return /^model name\s*:\s*(.*)$/m.exec(text)?.[1] ?? "unknown processor";
}
