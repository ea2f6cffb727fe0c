/// <reference lib="deno.worker" />
import { ControlBlock } from "../collector/control_block.ts";
import { systemClock } from "../flow/clock.ts";
import { Dictionary } from "../flow/dictionary.ts";
import { FlowRing } from "../flow/ring.ts";
import { giveWay } from "../give_way.ts";
import { History } from "./history.ts";
import type { HistoryMessage, HistoryReply } from "./messages.ts";

/** How often it looks for what is due: a ring at full rate turns in some 100 ms. */
const WORK_MS = 50;
const STATUS_MS = 1000;

/** Entry of the history worker: the one thread that has history.db. */
let history: History | null = null;

giveWay("history");

self.onmessage = ({ data }: MessageEvent<HistoryMessage>) => {
  if (data.type === "start") {
    history = new History({
      ...data.policy,
      clock: systemClock,
      seed: crypto.getRandomValues(new Uint32Array(1))[0],
      onPause: (reason) => reply({ type: "paused", reason }),
      onNotice: (message) => reply({ type: "notice", message }),
    });
    work();
    tell();
    setInterval(tell, STATUS_MS);
  } else if (data.type === "follow") {
    const { ring, dictionary, control, ...place } = data.memory;
    const block = control && new ControlBlock(control);
    history?.follow({
      ...place,
      ring: new FlowRing(ring),
      dictionary: new Dictionary(dictionary),
      heartbeat: block && (() => block.heartbeat),
    });
  } else if (history !== null) {
    const closing = history;
    history = null;
    reply({ type: "closed", status: closing.close() });
  }
};

function work(): void {
  if (history === null) return;
  const began = performance.now();
  const more = history.work();
  // It rests as long as it worked while it may: where there are few cores, collectors want them.
  const rest = history.pressed ? 0 : Math.min(WORK_MS, performance.now() - began);
  // Messages get their turn between one segment and the next.
  setTimeout(work, more ? rest : WORK_MS);
}

function tell(): void {
  if (history !== null) reply({ type: "status", status: history.status() });
}

function reply(message: HistoryReply): void {
  self.postMessage(message);
}
