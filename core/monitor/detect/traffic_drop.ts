import type { Monitor } from "../monitor.ts";
import { findChanges } from "./traffic_change.ts";

/** Less traffic than is usual: in all, of a host, of a service, on an interface. */
export const trafficDrop: Monitor = {
  type: "traffic_drop",
  parts: ["series", "conversations"],
  looksBack: true,
  evaluate: (view) => findChanges(view, "traffic_drop"),
};
