import { CommandFailure } from "./command.ts";

/**
 * Opens a file for reading.
 *
 * @throws {CommandFailure} with the remedy
 */
export function openFile(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path, { read: true });
  } catch (error) {
    const { name, message } = error as Error;
    throw new CommandFailure(
      name === "NotCapable"
        ? `cannot be read: start flow-agent with --allow-read=${path}`
        : message,
    );
  }
}
