import { CommandFailure } from "../command.ts";
import type { ByteTarget } from "./row_sink.ts";

/** Where an export goes. */
export interface Output extends ByteTarget {
  /** Everything is written: the file stands under its name from now on. */
  keep(): void;
  /** Something went wrong, or was given up: nothing of it stays. */
  discard(): void;
}

/**
 * Opens a file that stands under its name only when it is whole: until then it has another name
 * beside it. It is for its owner alone, since it says who talked to whom.
 *
 * @param path must not be there yet
 * @throws {CommandFailure} with the remedy
 */
export function openOutputFile(path: string): Output {
  const growing = `${path}.part`;
  if (exists(path)) throw new CommandFailure(`${path} is there already; name another file`);
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(growing, { write: true, createNew: true, mode: 0o600 });
  } catch (error) {
    throw explain(error as Error, growing);
  }
  return {
    writeSync: writer(file, path),
    keep: () => {
      try {
        file.syncSync();
        Deno.renameSync(growing, path);
        file.close();
      } catch (error) {
        throw explain(error as Error, path);
      }
    },
    discard: () => {
      file.close();
      Deno.removeSync(growing);
    },
  };
}

/** Standard output, as it comes. */
export function standardOutput(): Output {
  return {
    writeSync: writer(Deno.stdout, "standard output"),
    keep: () => {},
    discard: () => {},
  };
}

/** Writes to a file, and says what is wrong with it. */
function writer(to: ByteTarget, name: string): ByteTarget["writeSync"] {
  return (bytes) => {
    try {
      return to.writeSync(bytes);
    } catch (error) {
      throw explain(error as Error, name);
    }
  };
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw explain(error as Error, path);
  }
}

function explain(error: Error, path: string): Error {
  const { name, message } = error;
  // Whoever read it has enough: no failure, and nobody to tell.
  if (name === "BrokenPipe") return error;
  if (name === "NotCapable") {
    const folder = path.replace(/[^/\\]*$/, "") || ".";
    return new CommandFailure(
      `${path} cannot be written: start flow-agent with --allow-read=${folder} ` +
        `--allow-write=${folder}`,
    );
  }
  if (name === "AlreadyExists") {
    return new CommandFailure(
      `${path} is there already: another export writes it, or left it when it was killed; remove ` +
        "it, or name another file",
    );
  }
  if (/no space|os error (28|112)\b/i.test(message)) {
    return new CommandFailure(`the disk of ${path} is full; make room, or name another file`);
  }
  return new CommandFailure(`${path} cannot be written: ${message}`);
}
