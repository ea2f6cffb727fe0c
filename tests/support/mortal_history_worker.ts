/// <reference lib="deno.worker" />
import "../../core/history/worker.ts";
import type { HistoryMessage } from "../../core/history/messages.ts";

/** The history worker, but that the first in a folder dies half a second after it began. */
self.addEventListener("message", ({ data }: MessageEvent<HistoryMessage>) => {
  if (data.type !== "start") return;
  try {
    Deno.openSync(`${data.policy.folder}/died`, { write: true, createNew: true }).close();
  } catch {
    return;
  }
  setTimeout(() => {
    throw new Error("staged");
  }, 500);
});
