import type { Monitor } from "../monitor.ts";
import { findScans } from "./scans.ts";

/** Somebody tries the ports of a host. */
export const portScan: Monitor = {
  type: "port_scan",
  parts: ["conversations"],
  looksBack: false,
  evaluate: (view) => findScans(view, { type: "port_scan", fixed: "host" }),
};
