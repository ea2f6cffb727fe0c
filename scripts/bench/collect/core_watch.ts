/** Ticks of the processor time in /proc: 100 a second on Linux, whatever the kernel's own tick. */
const TICKS = 100;
/** Columns of /proc/stat in which a core did nothing: idle, and waiting for the disk. */
const AT_REST = [3, 4];

/**
 * Seconds that a core has been busy since the machine began, whoever with.
 *
 * @param core its number
 */
export async function busySeconds(core: number): Promise<number> {
  // Deno itself reads below /proc with all permissions alone.
  const { stdout } = await new Deno.Command("cat", { args: ["/proc/stat"] }).output();
  const line = new TextDecoder().decode(stdout).split("\n").find((one) =>
    one.startsWith(`cpu${core} `)
  );
  if (line === undefined) return NaN;
  // user, nice, system, idle, iowait, irq, softirq, steal; guests are among the first two.
  return line.split(" ").slice(1, 9)
    .reduce((sum, ticks, place) => AT_REST.includes(place) ? sum : sum + Number(ticks), 0) / TICKS;
}

/** Has this process, and what it starts, run on one core: the other is the collector's. */
export async function moveTo(core: number): Promise<void> {
  const args = ["-a", "-c", "-p", String(core), String(Deno.pid)];
  const { success, stderr } = await new Deno.Command("taskset", { args }).output();
  if (!success) throw new Error(`taskset: ${new TextDecoder().decode(stderr)}`);
}
