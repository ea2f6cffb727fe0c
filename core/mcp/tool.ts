import type { Logger } from "@logtape/logtape";
import type { z } from "zod";
import type { LookForAnomalies } from "../analysis/anomaly_source.ts";
import type { InterfaceCapacities } from "../analysis/interface_capacities.ts";
import type { Questions } from "../analysis/questions.ts";
import type { Collectors } from "../collector/collectors.ts";
import type { Clock } from "../flow/clock.ts";
import type { HistoryStatus } from "../history/history_status.ts";
import type { ReverseDns } from "../names/reverse_dns.ts";
import type { MonitorRunner } from "../monitor/monitor_runner.ts";
import type { QueryClient } from "../query/query_client.ts";
import type { CaptureRecorder } from "../recording/capture_recorder.ts";

/** What tools act on: it lives in the process, not in a connection. */
export interface ToolContext {
  readonly collectors: Collectors;
  readonly runner: MonitorRunner;
  readonly queries: Pick<QueryClient<Questions>, "ask">;
  /** Null where no folder for captures is configured. */
  readonly recorder: Pick<CaptureRecorder, "capture"> | null;
  /** How the flows on disk do. */
  readonly history: () => HistoryStatus;
  /** Reverse DNS; null where it is off. */
  readonly hostNames: Pick<ReverseDns, "names"> | null;
  readonly capacities: InterfaceCapacities;
  /** null where nothing looks for them. */
  readonly anomalies: LookForAnomalies | null;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Tells a caller that wants to know how far a tool is; `done` grows. */
export type TellProgress = (done: number, total: number) => void;

/** What a tool acts on while one call lasts. */
export type CallContext = ToolContext & {
  /** Fires when the caller gives up. */
  readonly signal: AbortSignal;
  /** For a tool that takes long: says how much it has of how much. */
  readonly progress: TellProgress;
};

/** Something that the caller can mend: becomes an `isError` result with the remedy as its text. */
export class ToolError extends Error {
  override readonly name = "ToolError";
}

/** How a tool behaves, as MCP's annotation hints say it: all four, always. */
export interface ToolHints {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  /** True where results carry strings from the wire. */
  readonly openWorldHint: boolean;
}

/** One MCP tool. */
export interface Tool<I extends z.ZodObject = z.ZodObject, O extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly title: string;
  /** What comes back, defaults, limits, an example, and which tool to prefer instead. */
  readonly description: string;
  readonly hints: ToolHints;
  readonly input: I;
  readonly output: O;
  /**
   * @param args as `input` validated them
   * @param context what the tools act on
   * @returns the `result` that `output` describes and one line of `text` for people
   */
  run(
    args: z.infer<I>,
    context: CallContext,
  ): Promise<{ result: z.infer<O>; text: string }>;
}

/** Gives a tool its types without writing them out. */
export function defineTool<I extends z.ZodObject, O extends z.ZodObject>(
  tool: Tool<I, O>,
): Tool<I, O> {
  return tool;
}
