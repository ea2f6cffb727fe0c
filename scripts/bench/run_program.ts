/**
 * Runs another program to its end.
 *
 * @param file its name or path
 * @returns what it wrote to its standard output
 * @throws {Error} with what it said, where it failed
 */
export async function runProgram(file: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(file, { args: [...args] }).output();
  if (!success) throw new Error(`${file}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
