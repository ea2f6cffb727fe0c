import { countOf } from "../count_of.ts";
import type { Logger } from "@logtape/logtape";
import type { Collectors } from "../collector/collectors.ts";
import type { TappedDatagram } from "../collector/messages.ts";
import { unknownCapability } from "../collector/unknown_capability.ts";
import { addressBytes, formatAddressBytes } from "../flow/address.ts";
import type { Clock } from "../flow/clock.ts";
import { nearestWord } from "../nearest_word.ts";
import { AddressCipher } from "../wire/anonymise/address_cipher.ts";
import type { CaptureFile, CaptureFolder } from "./capture_folder.ts";
import { CaptureSession } from "./capture_session.ts";
import { RecordingFailure } from "./recording_failure.ts";
import { type CaptureSource, tapCollectors, type TapEnd } from "./tap_collectors.ts";

/** What is to be captured. */
export interface CaptureRequest {
  /** IP address as text. */
  readonly exporter: string;
  /** Only collectors of this capability, or on this port; left out for all. */
  readonly capability?: string;
  readonly port?: number;
  readonly seconds: number;
  readonly maxDatagrams: number;
  readonly anonymise: boolean;
}

/** What a capture came to. */
export interface CaptureResult {
  /** Name within the folder. */
  file: string;
  /** Datagrams of the exporter. */
  datagrams: number;
  /** Of the file. */
  octets: number;
  /** Put in front, since the exporter had sent them before. */
  templates: number;
  not_captured: number;
  /** Whether it can be decoded alone, in a sentence. */
  complete: string;
}

/** How a capture is followed. */
export interface CaptureFollower {
  /** Ends it; what was captured by then is kept. */
  readonly signal: AbortSignal;
  /** Hears how many datagrams there are. */
  readonly progress: (datagrams: number) => void;
}

/** What a recorder stands on. */
export interface CaptureRecorderOptions {
  readonly collectors: Pick<Collectors, "all" | "capabilities">;
  readonly folder: CaptureFolder;
  /** Words that addresses are replaced by; undefined takes a key by chance for each capture. */
  readonly secret: string | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Longest that replacing addresses keeps the process from other work. */
const WORK_MS = 20;
const SHOWN = 10;

/** Captures what exporters send to running collectors, one capture at a time, into one folder. */
export class CaptureRecorder {
  readonly #options: CaptureRecorderOptions;
  #running: Promise<unknown> | null = null;
  readonly #closing = new AbortController();

  /** @param options what it stands on */
  constructor(options: CaptureRecorderOptions) {
    this.#options = options;
  }

  /**
   * Captures until all asked for is there, the time is over, or it is given up.
   *
   * @param request whose datagrams, and how many
   * @param follower ends it, and hears how it goes
   * @throws {RecordingFailure} with the remedy; nothing is left behind
   */
  async capture(request: CaptureRequest, follower: CaptureFollower): Promise<CaptureResult> {
    if (this.#running !== null) {
      throw new RecordingFailure("a capture is running already; wait for its end");
    }
    const exporter = formatAddressBytes(addressBytes(request.exporter));
    if (exporter === "") {
      throw new RecordingFailure(`exporter: "${request.exporter}" is no IP address`);
    }
    const sources = this.#sources(request);
    const { folder, clock, log } = this.#options;
    // The name of an anonymised capture is not to tell what its content does not.
    const label = request.anonymise ? "anonymised" : exporter.replaceAll(":", "-");
    const file = folder.create(label, clock.now());
    const running = this.#record({ ...request, exporter }, { sources, file, follower });
    this.#running = running.catch(() => {});
    try {
      const result = await running;
      log.info("captured", { exporter, ...result });
      return result;
    } finally {
      this.#running = null;
    }
  }

  /** Ends a capture that runs, and waits until it is written. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  /** The running collectors that the exporter may send to. */
  #sources({ capability, port, anonymise }: CaptureRequest): CaptureSource[] {
    const { collectors } = this.#options;
    const known = new Map(collectors.capabilities.map((each) => [each.name, each]));
    if (capability !== undefined && !known.has(capability)) {
      throw new RecordingFailure(unknownCapability(capability, [...known.keys()]));
    }
    const running = collectors.all.filter((collector) => collector.running)
      .map((collector) => ({ collector, capability: known.get(collector.capability)! }));
    const wanted = running.filter(({ collector }) =>
      (capability === undefined || collector.capability === capability) &&
      (port === undefined || collector.port === port)
    );
    if (wanted.length === 0) {
      const there = running.map(({ collector }) => `${collector.capability}:${collector.port}`);
      throw new RecordingFailure(
        `no such collector runs; running: ${there.join(", ") || "none, see start_collection"}`,
      );
    }
    if (!anonymise) return wanted;
    const able = wanted.filter((source) => source.capability.buildAnonymiser !== undefined);
    if (able.length > 0) return able;
    const names = wanted.map((source) => source.capability.name).join(", ");
    throw new RecordingFailure(`${names} cannot be anonymised yet; pass "anonymise": false`);
  }

  async #record(
    { exporter, seconds, maxDatagrams, anonymise }: CaptureRequest,
    { sources, file, follower }: {
      sources: readonly CaptureSource[];
      file: CaptureFile;
      follower: CaptureFollower;
    },
  ): Promise<CaptureResult> {
    const { secret, clock } = this.#options;
    const counts = { templates: 0, facts: 0, notCaptured: 0, leftOut: 0 };
    const session = new CaptureSession({
      exporter,
      count: maxDatagrams,
      cipher: anonymise ? AddressCipher.of(secret) : null,
      capabilities: sources.map(({ capability }) => capability),
      maxOctets: file.maxOctets,
      write: (piece) => file.write(piece),
    });
    let kept = false;
    try {
      const end = await tapCollectors(sources, {
        exporter,
        ms: seconds * 1000,
        signals: [follower.signal, this.#closing.signal],
        clock,
        hear(source, batch) {
          counts.templates += batch.templates;
          counts.facts += batch.facts;
          counts.leftOut += batch.leftOut;
          counts.notCaptured += batch.notCaptured;
          for (const datagram of batch.datagrams) take(session, source, datagram);
          follower.progress(session.taken);
          return session.complete;
        },
      });
      if (session.taken === 0) {
        throw new RecordingFailure(
          `nothing came from ${exporter} in ${seconds} s: ${likely(exporter, sources)}see in ` +
            `capability_status who exports, and give more seconds; the address that datagrams come ` +
            `from is what counts, and that of an sFlow agent may be another`,
        );
      }
      await finish(session, clock);
      kept = true;
      return {
        file: file.name,
        datagrams: session.taken - session.leftOut,
        octets: file.octets,
        templates: counts.templates,
        not_captured: counts.notCaptured,
        complete: completeness(session, { ...counts, end, anonymised: anonymise }),
      };
    } finally {
      file.close();
      if (!kept) file.remove();
    }
  }
}

/** Asks whether another was meant, which sends to the same collectors. */
function likely(exporter: string, sources: readonly CaptureSource[]): string {
  const heard = sources.flatMap(({ collector }) => collector.exporters.summaries());
  const near = nearestWord(exporter, new Set(heard.map(({ address }) => address)));
  return near === null || near === exporter ? "" : `did you mean ${near}? Else `;
}

function take(
  session: CaptureSession,
  { collector, capability }: CaptureSource,
  { address, port, receivedAtMs, payload, recalled }: TappedDatagram,
): void {
  const sourceAddress = addressBytes(address);
  const bound = addressBytes(collector.host);
  session.take({
    receivedAtMs,
    sourceAddress,
    sourcePort: port,
    // A socket for all addresses does not say which one a datagram was sent to.
    destinationAddress: bound.length === sourceAddress.length
      ? bound
      : new Uint8Array(sourceAddress.length),
    destinationPort: collector.port,
    payload,
  }, { capability, recalled });
}

/** Replacing addresses takes time: others have their turn in between. */
async function finish(session: CaptureSession, clock: Clock): Promise<void> {
  let since = performance.now();
  for (const _ of session.finishing()) {
    if (performance.now() - since < WORK_MS) continue;
    await new Promise<void>((resolve) => clock.after(0, resolve));
    since = performance.now();
  }
}

const ENDS: Readonly<Record<TapEnd, string>> = {
  enough: "",
  time: "the time was over before all datagrams had come",
  aborted: "it was given up early",
  lost: "the collector stopped meanwhile",
};

/** Whether a capture can be decoded alone, and what is not in it, in a sentence. */
function completeness(
  session: CaptureSession,
  { templates, facts, leftOut, notCaptured, end, anonymised }: {
    templates: number;
    facts: number;
    leftOut: number;
    notCaptured: number;
    end: TapEnd;
    anonymised: boolean;
  },
): string {
  const { missing, cutShort } = session;
  const more = missing.length > SHOWN ? ", …" : "";
  const decodes = missing.length === 0
    ? "all its data can be decoded"
    : `templates never came, so that their data cannot be decoded` +
      `${anonymised ? " and was blanked" : ""}: ${missing.slice(0, SHOWN).join(", ")}${more}`;
  const told = facts > 0 ? ` and ${countOf(facts, "fact")}` : "";
  const parts = [
    decodes,
    ...(templates > 0
      ? [
        `${countOf(templates, "template")}${told} that came before ` +
        `${templates === 1 ? "was" : "were"} put in front`,
      ]
      : []),
    ...(leftOut > 0 ? [`no room in front was left for ${leftOut} of what is known of it`] : []),
    ...(session.leftOut > 0
      ? [`${countOf(session.leftOut, "datagram")} could not be written`]
      : []),
    ...(notCaptured > 0 ? [`${countOf(notCaptured, "datagram")} came too fast to be copied`] : []),
    ...(cutShort ? ["it ends where the file was as large as it may be"] : []),
    ...(ENDS[end] !== "" && !cutShort ? [ENDS[end]] : []),
    ...(anonymised ? ["addresses are replaced, names overwritten"] : []),
  ];
  const text = parts.join("; ");
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}
