import type { Logger } from "@logtape/logtape";
import type { Clock } from "../flow/clock.ts";
import { giveWayPermission } from "../give_way.ts";
import type { HistoryPolicy } from "./history_policy.ts";
import type { HistoryStatus } from "./history_status.ts";
import { NO_HISTORY } from "./history_status.ts";
import type { HistoryMemory, HistoryMessage, HistoryReply } from "./messages.ts";

const RESTART_MS = 1000;
/** A worker that has not written what there is by then is ended as it is. */
const CLOSE_MS = 2500;

/** What the client stands on. */
export interface HistoryClientOptions {
  readonly policy: HistoryPolicy;
  /** Entry module of the worker. */
  readonly workerUrl: URL;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * The main thread's end of the history worker: hands it the rings, hears how it does, and brings it
 * back should it die. What is in the rings by then is not lost: the next one goes on behind what was
 * written.
 */
export class HistoryClient {
  readonly #options: HistoryClientOptions;
  readonly #sources: HistoryMemory[] = [];
  #worker: Worker | null;
  #status: HistoryStatus;
  /** Of what the last worker died. */
  #death: string | null = null;
  /** Whether it was said that flows are kept. */
  #kept = false;
  #closed: (() => void) | null = null;
  #cancelRestart: () => void = () => {};

  constructor(options: HistoryClientOptions) {
    this.#options = options;
    this.#status = { ...NO_HISTORY, folder: options.policy.folder };
    this.#worker = this.#spawn();
  }

  /** How history does, as of about a second ago. */
  get status(): HistoryStatus {
    return this.#status;
  }

  /** Keeps the flows of a collector from now on. */
  follow(memory: HistoryMemory): void {
    this.#sources.push(memory);
    this.#send({ type: "follow", memory });
  }

  /** Writes what is there, as far as that is quickly done, and ends the worker. */
  async close(): Promise<void> {
    this.#cancelRestart();
    if (this.#worker === null) {
      if (this.#closed === null) this.#tellLost(this.#death);
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closed = resolve;
    const cancel = this.#options.clock.after(CLOSE_MS, () => {
      this.#tellLost(`it took longer than ${CLOSE_MS / 1000} s`);
      resolve();
    });
    this.#send({ type: "close" });
    await promise;
    cancel();
    this.#worker?.terminate();
    this.#worker = null;
  }

  #send(message: HistoryMessage): void {
    this.#worker?.postMessage(message);
  }

  #spawn(): Worker {
    const { workerUrl, policy } = this.#options;
    const folder = [policy.folder];
    const worker = new Worker(workerUrl, {
      type: "module",
      name: "history",
      deno: { permissions: { read: folder, write: folder, ...giveWayPermission() } },
    });
    worker.onmessage = ({ data }: MessageEvent<HistoryReply>) => this.#hear(data);
    worker.onerror = (event) => {
      event.preventDefault();
      if (worker === this.#worker) this.#replace(event.message);
    };
    const messages: HistoryMessage[] = [
      { type: "start", policy },
      ...this.#sources.map((memory) => ({ type: "follow", memory }) as const),
    ];
    for (const message of messages) worker.postMessage(message);
    return worker;
  }

  #hear(reply: HistoryReply): void {
    const { log } = this.#options;
    if (reply.type === "paused") {
      if (reply.reason !== null) log.warn("history is not written", { reason: reply.reason });
      else if (this.#kept) log.info("history is written again");
      else this.#tellKept();
      return;
    }
    if (reply.type === "notice") return log.warn(reply.message);
    const { lastError } = reply.status;
    this.#status = { ...reply.status, lastError: lastError ?? this.#death };
    if (!this.#kept && reply.status.open) this.#tellKept();
    if (reply.type !== "closed") return;
    if (reply.status.waitingRows > 0) this.#tellLost(reply.status.paused ?? lastError);
    this.#closed?.();
  }

  #tellKept(): void {
    this.#kept = true;
    this.#options.log.info("history is kept", { folder: this.#options.policy.folder });
  }

  /** Says at the end what was in memory alone, as of the worker's last word. */
  #tellLost(reason: string | null): void {
    const { waitingRows, skippedRows } = this.#status;
    // Its last word is of a moment before.
    const how = waitingRows > 0 ? "are" : "may be";
    this.#options.log.warn(`history was not written to its end: flows ${how} lost`, {
      flow_records: waitingRows,
      left_out_before: skippedRows,
      reason,
    });
  }

  #replace(reason: string): void {
    const { clock, log } = this.#options;
    this.#worker?.terminate();
    this.#worker = null;
    this.#death = `the history worker died (${reason})`;
    this.#status = { ...this.#status, open: false, lastError: this.#death };
    if (this.#closed !== null) {
      this.#tellLost(this.#death);
      return this.#closed();
    }
    log.error("history worker died, restarting", { reason });
    this.#cancelRestart = clock.after(RESTART_MS, () => {
      this.#worker = this.#spawn();
    });
  }
}
