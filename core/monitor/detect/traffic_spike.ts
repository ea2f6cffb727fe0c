import type { Monitor } from "../monitor.ts";
import { findChanges } from "./traffic_change.ts";

/** More traffic than is usual: in all, of a host, of a service, on an interface. */
export const trafficSpike: Monitor = {
  type: "traffic_spike",
  parts: ["series", "conversations"],
  looksBack: true,
  evaluate: (view) => findChanges(view, "traffic_spike"),
};
