import { PRESENCE_WORDS, presenceBit } from "../../flow/schema.ts";
import type { TimeWindow } from "../../query/scan.ts";
import { Conversations } from "./conversations.ts";
import { ExporterGaps } from "./exporter_gaps.ts";
import { type ListeningTime, ListeningTimes } from "./listening_times.ts";
import { HostIds, SEEN, SENT } from "./host_ids.ts";
import { PictureBlock, type PictureColumns } from "./picture_block.ts";
import { PortUse } from "./port_use.ts";
import { TrafficSeries } from "./series.ts";
import { type Stretch, TimeBins } from "./time_bins.ts";

/** Parts of a picture that a monitor may need; hosts and exporters are always there. */
export type PicturePart = "conversations" | "starts" | "series" | "ports";

/** Most rows of a block: `scanWindow` reads no more at a time. */
const BLOCK_ROWS = 8192;
/** Flows that claim to have begun longer before they came, or later, have a wrong clock. */
const OLDEST_START_MS = 2 * 3_600_000;
const AHEAD_MS = 60_000;

const wordOf = (name: Parameters<typeof presenceBit>[0]) => presenceBit(name) >> 5;
const maskOf = (name: Parameters<typeof presenceBit>[0]) => 1 << (presenceBit(name) & 31);
const EVENT_WORD = wordOf("event");
const EVENT_MASK = maskOf("event");
const SOURCE_WORD = wordOf("src_addr");
const SOURCE_MASK = maskOf("src_addr");
const DESTINATION_WORD = wordOf("dst_addr");
const DESTINATION_MASK = maskOf("dst_addr");
const START_WORD = wordOf("start_at");
const START_MASK = maskOf("start_at");
const END_WORD = wordOf("end_at");
const END_MASK = maskOf("end_at");

/**
 * What monitors look at: traffic of a window and of the time before it, in aggregates whose size
 * depends on hosts and conversations, not on rows. It is fed blocks of rows, by whoever reads them.
 */
export class TrafficPicture {
  readonly bins: TimeBins;
  readonly hosts = new HostIds();
  readonly exporters: ExporterGaps;
  readonly conversations: Conversations | null;
  readonly series: TrafficSeries | null;
  readonly ports: PortUse | null;
  /** First arrival that was read of each stretch of time before the window; Infinity for none. */
  readonly coveredFrom = new Map<Stretch, number>();
  readonly #block = new PictureBlock(BLOCK_ROWS);
  readonly #exporterIds = new Int32Array(BLOCK_ROWS);

  /**
   * @param window that is judged
   * @param options which `parts` there are to be, which ports are `named`, and when collectors were
   *   `listening` (default: all the time)
   */
  constructor(
    window: TimeWindow,
    { parts, named, listening = [] }: {
      parts: ReadonlySet<PicturePart>;
      named: Uint8Array;
      listening?: readonly ListeningTime[];
    },
  ) {
    this.bins = new TimeBins(window);
    this.exporters = new ExporterGaps(new ListeningTimes(listening));
    this.conversations = parts.has("conversations")
      ? new Conversations({ named, starts: parts.has("starts") })
      : null;
    this.series = parts.has("series") ? new TrafficSeries(this.bins, { named }) : null;
    this.ports = parts.has("ports") ? new PortUse(named) : null;
  }

  /**
   * Takes in rows.
   *
   * @param columns of a block
   * @param rows `start` and `end` slots of it, at most 8192
   * @param options `stretch` of time that they were read for, which rows count, and through which
   *   `capability` they came
   */
  fold(
    columns: PictureColumns,
    { start, end }: { start: number; end: number },
    { stretch, matches, capability }: {
      stretch: Stretch;
      matches: (slot: number) => boolean;
      capability: string;
    },
  ): void {
    const block = this.#select(columns, { start, end, stretch, matches, capability });
    if (stretch === this.bins.window) this.conversations?.fold(block);
    else this.ports?.fold(block);
    this.series?.fold(block, stretch, this.#exporterIds);
  }

  #select(
    columns: PictureColumns,
    { start, end, stretch, matches, capability }: {
      start: number;
      end: number;
      stretch: Stretch;
      matches: (slot: number) => boolean;
      capability: string;
    },
  ): PictureBlock {
    const { hosts, exporters } = this;
    const block = this.#block;
    const { presence, src_addr, dst_addr, bytes, start_at, end_at, received_at, exporter } =
      columns;
    const within = stretch === this.bins.window;
    const part = within ? "within" : "before";
    const late = stretch.fromMs + (stretch.toMs - stretch.fromMs) / 2;
    const noteArrivals = stretch !== this.bins.dayBefore;
    const seenBit = within ? SEEN.WINDOW : 0;
    block.columns = columns;
    let count = 0;
    for (let slot = start; slot < end; slot++) {
      const present = slot * PRESENCE_WORDS;
      if ((presence[present + EVENT_WORD] & EVENT_MASK) !== 0 || !matches(slot)) continue;
      const at = received_at[slot];
      const exporterId = exporters.find(exporter, slot * 4);
      if (noteArrivals) exporters.note(exporterId, at, part, capability);
      if (
        (presence[present + SOURCE_WORD] & SOURCE_MASK) === 0 ||
        (presence[present + DESTINATION_WORD] & DESTINATION_MASK) === 0
      ) continue;
      const source = hosts.find(src_addr, slot * 4);
      const destination = hosts.find(dst_addr, slot * 4);
      if (source < 0 || destination < 0) continue;
      const began = (presence[present + START_WORD] & START_MASK) !== 0 ? start_at[slot] : at;
      const plausible = began > at - OLDEST_START_MS && began < at + AHEAD_MS;
      const from = plausible ? began : at;
      const ended = (presence[present + END_WORD] & END_MASK) !== 0 ? end_at[slot] : from;
      const to = ended >= from && ended < at + AHEAD_MS ? ended : from;
      const bit = seenBit !== 0 ? seenBit : at < late ? SEEN.EARLY : SEEN.LATE;
      hosts.seen[source] |= bit | bit << SENT;
      hosts.seen[destination] |= bit;
      if (within) {
        hosts.note(source, bytes[slot], from, to);
        hosts.note(destination, bytes[slot], from, to);
      }
      block.slot[count] = slot;
      block.source[count] = source;
      block.destination[count] = destination;
      block.start[count] = from;
      block.end[count] = to;
      this.#exporterIds[count] = exporterId;
      count++;
    }
    block.count = count;
    if (end > start && !this.coveredFrom.has(stretch)) {
      this.coveredFrom.set(stretch, received_at[start]);
    }
    return block;
  }
}
