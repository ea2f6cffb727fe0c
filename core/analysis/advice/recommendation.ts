import type { SEVERITIES } from "../../monitor/alert.ts";
import type { NextCall } from "../inquiry.ts";

/** Something to do, and why. */
export interface Recommendation {
  severity: (typeof SEVERITIES)[number];
  /** `collection`: figures cannot be trusted before it is done. */
  area: "collection" | "traffic";
  title: string;
  /** What was seen, with its figures. */
  seen: string;
  why: string;
  next_step: string;
  /** The call that shows it. */
  query: NextCall;
}
