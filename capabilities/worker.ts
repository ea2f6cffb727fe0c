/// <reference lib="deno.worker" />
import type { Capability } from "../core/collector/capability.ts";
import type { MainMessage, WorkerMessage } from "../core/collector/messages.ts";
import { receiveLoop } from "../core/collector/receive_loop.ts";
import { TapSwitch } from "../core/collector/tap_switch.ts";
import { builtInCapabilities } from "./registry.ts";

const stopping = new AbortController();
const taps = new TapSwitch({ post });

/** Entry of every collector worker: finds the capability by name or path, then receives. */
self.onmessage = async ({ data }: MessageEvent<MainMessage>) => {
  if (data.type === "stop") return stopping.abort();
  if (data.type !== "start") return taps.hear(data);
  const capability = builtInCapabilities.find(({ name }) => name === data.capability) ??
    await loadCapability(data.capability);
  await receiveLoop(data, capability, { post, stop: stopping.signal, taps });
};
post({ type: "ready" });

function post(message: WorkerMessage): void {
  self.postMessage(message);
}

async function loadCapability(url: string): Promise<Capability> {
  const { buildCapability } = await import(url);
  return buildCapability();
}
