/**
 * Memory of a process that is in use, in MiB: its resident set, pages shared with others included.
 *
 * @param pid of the process
 * @throws {Error} when there is none
 */
export async function residentSet(pid: number): Promise<number> {
  // Deno itself reads below /proc with all permissions alone; ps is on macOS too.
  const command = new Deno.Command("ps", { args: ["-o", "rss=", "-p", `${pid}`] });
  const kib = Number(new TextDecoder().decode((await command.output()).stdout));
  if (!(kib > 0)) throw new Error(`there is no process ${pid}`);
  return kib / 1024;
}
