import type { AnomalyType, Finding } from "./finding.ts";
import type { MonitorView } from "./monitor_view.ts";
import type { PicturePart } from "./picture/traffic_picture.ts";

/**
 * Something that detects: a pure function from a picture of traffic to findings. It reads no rows and
 * no clock, so the picture may be of a window that somebody asked about or of one that goes on.
 */
export interface Monitor {
  readonly type: AnomalyType;
  /** Parts of the picture that it looks at. */
  readonly parts: readonly PicturePart[];
  /** Whether it compares with the time before the window. */
  readonly looksBack: boolean;
  /** What it sees; findings in any order. */
  evaluate(view: MonitorView): Finding[];
}
