import { countOf } from "../count_of.ts";
import { findField, FLOW_FIELDS, type FlowField } from "../flow/schema.ts";
import { formatTime } from "../flow/record_reader.ts";
import { HistoryArchive } from "../history/history_archive.ts";
import { HISTORY_FORM } from "../history/history_database.ts";
import { NameDirectory } from "../names/name_directory.ts";
import { nearestWord } from "../nearest_word.ts";
import { parseFilter } from "../query/filter/parse_filter.ts";
import { parseTimeRange } from "../query/time_range.ts";
import type { TimeWindow } from "../query/scan_report.ts";
import { type Command, CommandFailure, UsageError } from "./command.ts";
import { HISTORY_FOLDER_OPTION, historyFolder } from "./history_folder.ts";
import { loadNames } from "./load_names.ts";
import { RANGE_OPTIONS, readRange } from "./query_question.ts";
import { loadSettings, SETTINGS_OPTIONS } from "./settings.ts";
import { untilSignal } from "./signals.ts";
import { EXPORT_FORMS } from "./transfer/export_forms.ts";
import { exportFlows, type ExportOptions, type ExportReport } from "./transfer/export_flows.ts";
import { openOutputFile, type Output, standardOutput } from "./transfer/output.ts";
import { ProgressLine } from "./transfer/progress_line.ts";

const FORMS = Object.keys(EXPORT_FORMS) as (keyof typeof EXPORT_FORMS)[];

export const exportCommand: Command = {
  name: "export",
  summary: "writes the flows that history keeps, as JSON lines, CSV or Parquet",
  options: {
    as: {
      type: "string",
      value: "FORM",
      description: `${FORMS.join(", ")} (by the end of FILE; jsonl where it has none)`,
    },
    out: {
      type: "string",
      value: "FILE",
      description: "file to write; an existing one stays; default: standard output",
    },
    filter: { type: "string", value: "TEXT", description: "which flows; default: all" },
    fields: {
      type: "string",
      multiple: true,
      value: "NAME,…",
      description: "what to write of each flow; default: all fields",
    },
    ...RANGE_OPTIONS,
    ...HISTORY_FOLDER_OPTION,
    ...SETTINGS_OPTIONS,
  },
  async run(args, { clock }) {
    const path = args.text("out");
    const form = args.oneOf("as", FORMS) ?? formOf(path);
    const fields = readFields(args.list("fields"));
    const range = readRange(args);
    const { config } = await loadSettings(args);
    const directory = new NameDirectory(loadNames(config));
    const filter = parseFilter(args.text("filter") ?? "", { directory });
    const nowMs = clock.now();
    const asked = range === undefined ? null : parseTimeRange(range, nowMs, { ahead: true });
    if (path === undefined && form === "parquet" && Deno.stdout.isTerminal()) {
      throw new UsageError("Parquet is nothing to look at; name a file with --out");
    }
    const folder = historyFolder(config, { db: args.text("db"), use: ["read"] });
    const archive = new HistoryArchive(folder);
    try {
      const window = windowOf(archive, { folder, asked, nowMs });
      const output = path === undefined ? standardOutput() : openOutputFile(path);
      const progress = new ProgressLine(Deno.stderr.isTerminal() ? Deno.stderr : null);
      const what = { window, filter, directory, fields };
      const report = await writeExport(archive, what, { form, output, progress });
      // Whoever read it has enough.
      if (report === null) return 0;
      if (report.stopped) {
        const kept = path === undefined ? "" : "; nothing is kept";
        console.error(`ended early, after ${countOf(report.rows, "flow")}${kept}`);
        return 1;
      }
      tell(report, {
        path,
        rate: progress.rate(report.rows),
        goesOn: (asked === null || asked.toMs >= nowMs) && archive.writtenElsewhere() !== null,
      });
      return report.notes.length > 0 ? 1 : 0;
    } finally {
      archive.close();
    }
  },
};

/** Writes all of it, or leaves nothing of it; null where nobody reads on. */
async function writeExport(
  archive: HistoryArchive,
  what: Pick<ExportOptions, "window" | "filter" | "directory" | "fields">,
  { form, output, progress }: {
    form: keyof typeof EXPORT_FORMS;
    output: Output;
    progress: ProgressLine;
  },
): Promise<ExportReport & { stopped: boolean } | null> {
  const { fields, window: { fromMs, toMs } } = what;
  let stopped = false;
  untilSignal().then(() => stopped = true);
  try {
    const sink = await EXPORT_FORMS[form](fields, output);
    const report = await exportFlows(archive, {
      ...what,
      sink,
      stopped: () => stopped,
      onProgress: (rows, atMs) => progress.show(rows, (atMs - fromMs) / (toMs - fromMs)),
    });
    sink.finish();
    if (stopped) output.discard();
    else output.keep();
    return { ...report, stopped };
  } catch (error) {
    output.discard();
    if (error instanceof Deno.errors.BrokenPipe) return null;
    throw error;
  } finally {
    progress.clear();
  }
}

/** By the end of the file's name; JSON lines where it has none, or nothing is named. */
function formOf(path: string | undefined): keyof typeof EXPORT_FORMS {
  const [, end = "jsonl"] = /[^\\/]\.([^.\\/]+)$/.exec(path ?? "") ?? [];
  const form = FORMS.find((known) => known === end.toLowerCase());
  if (form !== undefined) return form;
  throw new UsageError(
    `--out is "${path}", and nothing is written as .${end}; end it in ${
      FORMS.map((known) => `.${known}`).join(", ")
    }, or say with --as which of them is meant`,
  );
}

function readFields(given: readonly string[]): readonly FlowField[] {
  const names = given.flatMap((text) => text.split(",")).map((name) => name.trim())
    .filter((name) => name !== "");
  if (names.length === 0) return FLOW_FIELDS;
  return [...new Set(names)].map((name) => {
    const field = findField(name);
    if (field !== undefined) return field;
    const near = nearestWord(name, FLOW_FIELDS.map(({ name }) => name));
    const hint = near === null ? "docs/fields.md has them all" : `did you mean ${near}?`;
    throw new UsageError(`there is no field ${name}; ${hint}`);
  });
}

/** What was asked for as far as there is anything; without a question, all there is. */
function windowOf(
  archive: HistoryArchive,
  { folder, asked, nowMs }: { folder: string; asked: TimeWindow | null; nowMs: number },
): TimeWindow {
  const sinceMs = oldest(archive, folder);
  // What arrived before a clock was set back lies ahead of now.
  const newestMs = Math.max(sinceMs, ...archive.rings(-Infinity).map(({ toMs }) => toMs));
  const all = { fromMs: sinceMs, toMs: Math.max(nowMs, newestMs + 1), untilNow: true };
  if (asked === null) return all;
  const { untilNow } = asked;
  const toMs = untilNow ? all.toMs : asked.toMs;
  return { fromMs: Math.max(asked.fromMs, sinceMs), toMs, untilNow };
}

/** Arrival of the oldest flow. */
function oldest(archive: HistoryArchive, folder: string): number {
  const path = `${folder}/${HISTORY_FORM.file}`;
  let sinceMs: number | null;
  try {
    sinceMs = archive.heldSince();
    if (sinceMs !== null) return sinceMs;
    Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new CommandFailure(
        `there is no history in ${folder}; name the folder of history.db with --db, or run serve, ` +
          "which keeps flows there",
      );
    }
    throw error;
  }
  throw new CommandFailure(
    archive.writtenElsewhere() === null
      ? `there is no history in ${folder}: its ${HISTORY_FORM.file} holds no flows; name another ` +
        "folder with --db, or run serve, which keeps flows there and brings the file of an older " +
        "flow-agent up to date"
      : `${path} holds no flows yet: serve writes them some 10 s after they came`,
  );
}

/** What came of it, on standard error. */
function tell(
  { rows, fromMs, toMs, missed, notes }: ExportReport,
  { path, rate, goesOn }: {
    path: string | undefined;
    rate: number;
    /** Whether a server writes just now what was asked for too. */
    goesOn: boolean;
  },
): void {
  const where = path === undefined ? "" : ` to ${path}`;
  console.error(`wrote ${countOf(rows, "flow")}${where}, ${rate} a second`);
  if (fromMs === null || toMs === null) {
    console.error("history holds none of what was asked for");
  } else {
    console.error(`history was read from ${formatTime(fromMs)} to ${formatTime(toMs)}`);
    if (goesOn) {
      console.error("what the running server received after that is not on disk yet");
    }
  }
  if (missed > 0) {
    console.error(
      `not in it: ${
        countOf(missed, "flow")
      } of that time, which history left out, has deleted meanwhile or could not read`,
    );
  }
  for (const note of notes) console.error(note);
}
