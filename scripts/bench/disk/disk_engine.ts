import type { FlowColumns } from "../../../core/flow/columns.ts";

/** The questions that every engine is asked. */
export const DISK_QUESTIONS = {
  sources: "top-10 sources by bytes",
  tuples: "top-10 5-tuples by bytes",
  service: "flows to port 443 of more than 10 kB, bytes by destination",
  services: "top-10 services by bytes: protocol and lower port",
  series: "bytes by 10 seconds of arrival",
} as const;

/** Name of a question. */
export type DiskQuestion = keyof typeof DISK_QUESTIONS;

/** Slots `start` to `end` of some columns. */
export interface FlowBlock {
  readonly columns: FlowColumns;
  readonly start: number;
  readonly end: number;
}

/** An engine that keeps flows in files. */
export interface DiskEngine {
  readonly name: string;
  readonly version: string;
  /** Octets of its files. */
  readonly octets: number;
  /** Sums of the first ten groups, the largest first, by questions that it can answer. */
  readonly ask: Partial<Record<DiskQuestion, () => Promise<number[]>>>;
  close(): void;
}

/** Octets of a folder's files. */
export function folderOctets(folder: string): number {
  let octets = 0;
  for (const { name, isFile } of Deno.readDirSync(folder)) {
    if (isFile) octets += Deno.statSync(`${folder}/${name}`).size;
  }
  return octets;
}
