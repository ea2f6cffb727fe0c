/** What a figure was measured on. */
export interface Machine {
  /** ISO 8601. */
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly runtime: string;
  /** Load average of one minute, as the measurement began and as it ended. */
  readonly before: number;
  readonly after: number;
}

/**
 * What a figure was measured on, as a measurement ends.
 *
 * @param before load average (of one minute) as it began
 */
export async function thisMachine(before: number): Promise<Machine> {
  const [after] = Deno.loadavg();
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: await cpuName(),
    cores: navigator.hardwareConcurrency,
    runtime: `Deno ${Deno.version.deno}, ${Deno.build.os}`,
    before,
    after,
  };
}

/**
 * What a figure was measured on, as an item of a list in Markdown.
 *
 * @param before load average (of one minute) as the measurement began
 */
export async function machineLine(before: number): Promise<string> {
  return machineLines([await thisMachine(before)])[0];
}

/**
 * What several figures were measured on, as items of a list in Markdown: one a machine, with the range
 * of its load averages.
 *
 * @param machines one a measurement
 */
export function machineLines(machines: readonly Machine[]): string[] {
  const alike = Map.groupBy(
    machines,
    ({ cpu, cores, runtime }) => JSON.stringify([cpu, cores, runtime]),
  );
  return [...alike.values()].map((same) => {
    const [{ cpu, cores, runtime, before, after }] = same;
    const dates = same.map(({ date }) => date).sort();
    const when = [...new Set([dates[0], dates[dates.length - 1]])].join(" to ");
    const loads = same.flatMap((one) => [one.before, one.after]);
    const load = same.length === 1
      ? `${before.toFixed(1)} before and ${after.toFixed(1)} after`
      : `${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)} before and after ` +
        `each of ${same.length} measurements`;
    return `- ${when}, ${cpu}, ${cores} cores, load average ${load}; ${runtime}.`;
  });
}

/** Deno itself reads below /proc with all permissions alone. */
async function cpuName(): Promise<string> {
  const { stdout } = await new Deno.Command("cat", { args: ["/proc/cpuinfo"] }).output();
  const text = new TextDecoder().decode(stdout);
  return /^model name\s*:\s*(.*)$/m.exec(text)?.[1] ?? "unknown processor";
}
