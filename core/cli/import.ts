import type { Capability } from "../collector/capability.ts";
import type { Config } from "../config/schema.ts";
import { countOf } from "../count_of.ts";
import { HISTORY_FORM, openHistory } from "../history/history_database.ts";
import { HistoryImport } from "../history/history_import.ts";
import { HistoryStore } from "../history/history_store.ts";
import { explainFailure } from "../storage/open_database.ts";
import { type Command, CommandFailure, UsageError } from "./command.ts";
import { HISTORY_FOLDER_OPTION, historyFolder } from "./history_folder.ts";
import { loadSettings, SETTINGS_OPTIONS } from "./settings.ts";
import { untilSignal } from "./signals.ts";
import { FlowLines } from "./transfer/flow_lines.ts";
import { importLines } from "./transfer/import_lines.ts";
import { LineProblems } from "./transfer/line_problems.ts";
import { openLines } from "./transfer/open_lines.ts";
import { ProgressLine } from "./transfer/progress_line.ts";

const DAY_MS = 86_400_000;

export const importCommand: Command = {
  name: "import",
  summary: "writes flows from JSON lines into history, while no server runs there",
  positionals: "FILE.jsonl|-",
  options: { ...HISTORY_FOLDER_OPTION, ...SETTINGS_OPTIONS },
  async run(args, { builtIn, clock }) {
    const [path, ...more] = args.positionals;
    if (path === undefined || more.length > 0) {
      throw new UsageError("import: name one file of JSON lines, or - for standard input");
    }
    const { config } = await loadSettings(args);
    const folder = historyFolder(config, { db: args.text("db"), use: ["read", "write"] });
    const nowMs = clock.now();
    const input = openLines(path);
    const store = new HistoryStore(openHistory(folder));
    const progress = new ProgressLine(Deno.stderr.isTerminal() ? Deno.stderr : null);
    const problems = new LineProblems(path === "-" ? "standard input" : path, (text) => {
      progress.clear();
      console.error(text);
    });
    const decoder = new FlowLines(jsonCapability(await builtIn()), {
      nowMs,
      complain: problems.take,
    });
    const seed = crypto.getRandomValues(new Uint32Array(1))[0];
    const history = new HistoryImport(store, { nowMs, seed });
    let stopped = false;
    untilSignal().then(() => stopped = true);
    let failure: Error | null = null;
    try {
      await importLines(input.lines, {
        decoder,
        history,
        problems,
        stopped: () => stopped,
        onProgress: (rows) => progress.show(rows, input.part()),
      });
      warn(store, history, { nowMs, config });
    } catch (error) {
      failure = error as Error;
    }
    progress.clear();
    try {
      store.close();
    } catch (error) {
      failure ??= error as Error;
    }
    const rate = progress.rate(history.written + history.known);
    console.error(`imported ${countOf(history.written, "flow")} into ${folder}, ${rate} a second`);
    tell(decoder, { history, problems });
    if (failure !== null) {
      throw failure instanceof CommandFailure
        ? failure
        : explainFailure(failure, folder, HISTORY_FORM);
    }
    if (!stopped) return history.written + history.known > 0 || problems.summary === "" ? 0 : 1;
    console.error("ended early; the same import goes on where this one ended");
    return 1;
  },
};

function jsonCapability(builtIn: readonly Capability[]): Capability {
  return builtIn.find(({ formats }) => formats.includes("json"))!;
}

/** What was noteworthy, on standard error. */
function tell(
  { byFlow, undated }: FlowLines,
  { history: { known }, problems: { summary } }: {
    history: HistoryImport;
    problems: LineProblems;
  },
): void {
  if (known > 0) {
    console.error(
      `there already from an earlier import, and counted once: ${countOf(known, "flow")}`,
    );
  }
  if (byFlow > 0) {
    console.error(
      `without a time of arrival: ${countOf(byFlow, "flow")}; the end of the flow stands for it`,
    );
  }
  if (undated > 0) {
    console.error(`without any time: ${countOf(undated, "flow")}; now stands for it`);
  }
  if (summary !== "") console.error(`not used: ${summary}`);
}

/** Says what a server will delete of it as soon as it runs. */
function warn(
  store: HistoryStore,
  { oldestMs: importedMs }: HistoryImport,
  { nowMs, config: { history: { keep_days, max_bytes } } }: { nowMs: number; config: Config },
): void {
  if (importedMs < nowMs - keep_days * DAY_MS) {
    console.error(
      `some are older than the ${
        countOf(keep_days, "day")
      } that history.keep_days keeps: serve deletes them ` +
        "unless it is set higher",
    );
  }
  if (store.usedOctets() > max_bytes) {
    console.error(
      `history is larger than history.max_bytes (${max_bytes}): serve deletes its oldest flows ` +
        "unless it is set higher",
    );
  }
}
