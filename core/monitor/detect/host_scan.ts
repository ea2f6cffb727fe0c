import type { Monitor } from "../monitor.ts";
import { findScans } from "./scans.ts";

/** Somebody tries one port of many hosts, or pings them. */
export const hostScan: Monitor = {
  type: "host_scan",
  parts: ["conversations"],
  looksBack: false,
  evaluate: (view) => findScans(view, { type: "host_scan", fixed: "port" }),
};
