import { RecordingFailure } from "./recording_failure.ts";

/** A folder for captures, and how much of it they may take. */
export interface CaptureFolderOptions {
  readonly folder: string;
  /** Octets of one capture. */
  readonly maxFileBytes: number;
  /** Octets of all captures in the folder. */
  readonly maxFolderBytes: number;
}

/** A capture that is being written. */
export interface CaptureFile {
  /** Within the folder. */
  readonly name: string;
  /** Octets that it may have. */
  readonly maxOctets: number;
  /** Octets written. */
  readonly octets: number;
  /** @throws {RecordingFailure} when the disk does not take it */
  write(piece: Uint8Array): void;
  close(): void;
  /** Takes it away, where nothing worth keeping is in it. */
  remove(): void;
}

const SUFFIX = ".pcap";
/** Files of one exporter that begin in the same second. */
const MAX_OF_A_SECOND = 100;
/** Octets below which no capture is worth beginning. */
const LEAST = 4096;

/**
 * The one folder that captures of a running server go to. Names are its own: of exporter, time and
 * a number. Nothing that lies there is written over or deleted; where it is full there is no more.
 */
export class CaptureFolder {
  readonly #options: CaptureFolderOptions;

  /** @param options where, and how much */
  constructor(options: CaptureFolderOptions) {
    this.#options = options;
  }

  /** Why captures cannot be written here, with the remedy; null where they can. */
  get fault(): string | null {
    const { folder } = this.#options;
    const missing = (["read", "write"] as const)
      .filter((name) => Deno.permissions.querySync({ name, path: folder }).state !== "granted");
    if (missing.length > 0) {
      const flags = missing.map((name) => `--allow-${name}=${folder}`).join(" ");
      return `flow-agent was started without permission for the capture folder; start it with ` +
        flags;
    }
    return null;
  }

  /**
   * Begins a file that only its owner can read.
   *
   * @param label of the exporter: letters, digits, dots and dashes
   * @param nowMs Unix milliseconds
   * @throws {RecordingFailure} with the remedy
   */
  create(label: string, nowMs: number): CaptureFile {
    const { fault } = this;
    if (fault !== null) throw new RecordingFailure(fault);
    const { folder, maxFileBytes, maxFolderBytes } = this.#options;
    try {
      Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
      const held = octetsOf(folder);
      const maxOctets = Math.min(maxFileBytes, maxFolderBytes - held);
      if (maxOctets < Math.min(LEAST, maxFileBytes)) {
        throw new RecordingFailure(
          `captures in ${folder} take ${held} of ${maxFolderBytes} octets; move some away, or ` +
            `raise capture.max_folder_bytes`,
        );
      }
      const { name, file } = open(folder, `${label}_${timeOf(nowMs)}`);
      return new OpenFile(file, { path: `${folder}/${name}`, name, maxOctets });
    } catch (error) {
      throw explain(error as Error, folder);
    }
  }
}

class OpenFile implements CaptureFile {
  readonly name: string;
  readonly maxOctets: number;
  readonly #file: Deno.FsFile;
  readonly #path: string;
  #octets = 0;

  constructor(
    file: Deno.FsFile,
    { path, name, maxOctets }: { path: string; name: string; maxOctets: number },
  ) {
    this.#file = file;
    this.#path = path;
    this.name = name;
    this.maxOctets = maxOctets;
  }

  get octets(): number {
    return this.#octets;
  }

  write(piece: Uint8Array): void {
    try {
      for (let at = 0; at < piece.length;) at += this.#file.writeSync(piece.subarray(at));
    } catch (error) {
      throw explain(error as Error, this.#path);
    }
    this.#octets += piece.length;
  }

  close(): void {
    this.#file.close();
  }

  remove(): void {
    Deno.removeSync(this.#path);
  }
}

function open(folder: string, stem: string): { name: string; file: Deno.FsFile } {
  for (let number = 1; number <= MAX_OF_A_SECOND; number++) {
    const name = `${stem}_${number}${SUFFIX}`;
    try {
      const options = { write: true, createNew: true, mode: 0o600 };
      return { name, file: Deno.openSync(`${folder}/${name}`, options) };
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
  }
  throw new RecordingFailure(`${folder} has ${MAX_OF_A_SECOND} captures of this second already`);
}

/** Octets of all captures in a folder, whoever put them there. */
function octetsOf(folder: string): number {
  let octets = 0;
  for (const { name, isFile } of Deno.readDirSync(folder)) {
    if (!isFile || !name.endsWith(SUFFIX)) continue;
    try {
      octets += Deno.statSync(`${folder}/${name}`).size;
    } catch (error) {
      // Somebody moved it away meanwhile.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return octets;
}

/** `20240101T120000Z`. */
function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d+/g, "");
}

function explain(error: Error, path: string): RecordingFailure {
  if (error instanceof RecordingFailure) return error;
  const remedy = /no space|os error (28|112)\b/i.test(error.message)
    ? "the disk is full; make room"
    : error.name === "PermissionDenied"
    ? "this user may not; make the folder writable, or name another with FLOW_CAPTURE_FOLDER"
    : error.message;
  return new RecordingFailure(`cannot write ${path}: ${remedy}`, { cause: error });
}
