import type { FormatName } from "./generator.ts";

/** What a collector used of the machine. */
export interface Usage {
  /** Of user and system, all its threads. */
  readonly cpuSeconds: number;
  readonly rssMib: number;
}

/** A collector under measurement, ready to receive. */
export interface Receiver extends AsyncDisposable {
  /** UDP ports on 127.0.0.1. */
  readonly ports: readonly number[];
  /** Begins to count anew. */
  begin(): Promise<void>;
  /** Flow records taken in since, once no more come; and what that used. */
  end(): Promise<{ readonly records: number; readonly usage: Usage }>;
}

/** A kind of collector. */
export interface ReceiverKind {
  readonly name: string;
  readonly version: string;
  /** What it can receive. */
  readonly formats: readonly FormatName[];
  start(format: FormatName): Promise<Receiver>;
}
