/// <reference lib="deno.worker" />
import type { MainMessage } from "../../core/collector/messages.ts";
import { receiveLoop } from "../../core/collector/receive_loop.ts";
import { TapSwitch } from "../../core/collector/tap_switch.ts";
import { buildCapability } from "./capabilities/probe/mod.ts";

/**
 * A collector worker that has the probe built in, as capabilities/worker.ts has the real ones: what
 * it may do is what a built-in capability may do.
 */
const stopping = new AbortController();
const post = (message: unknown) => self.postMessage(message);
const taps = new TapSwitch({ post });

self.onmessage = async ({ data }: MessageEvent<MainMessage>) => {
  if (data.type === "stop") return stopping.abort();
  if (data.type !== "start") return taps.hear(data);
  await receiveLoop(data, buildCapability(), { post, stop: stopping.signal, taps });
};
post({ type: "ready" });
