import type { HeardTimes } from "../exporter/silence_rule.ts";
import { formatTime } from "../flow/record_reader.ts";
import { protocolName } from "../flow/protocol.ts";
import type { TimeWindow } from "../query/scan.ts";
import { type ExpectedHostNames, ExpectedHosts, type Purpose } from "./expected_hosts.ts";
import type { AnomalyType, FindingEvidence } from "./finding.ts";
import type { TrafficPicture } from "./picture/traffic_picture.ts";
import { Attempts } from "./detect/attempts.ts";

/** What a monitor may want to know besides the traffic. */
export interface ViewContext {
  readonly window: TimeWindow;
  /** Filter that the picture was made with; "" for none. */
  readonly filter: string;
  /** What is configured: which networks are one's own, which hosts scan or poll on purpose. */
  readonly directory: ExpectedHostNames & { isInternal(words: Uint32Array): boolean };
  /** When exporters sent anything, flows or not, by address. */
  readonly heard: ReadonlyMap<string, HeardTimes>;
  /** Name of a service; null where it has none. */
  serviceName(protocol: number, port: number): string | null;
}

/** A picture of traffic as monitors look at it. */
export class MonitorView {
  readonly picture: TrafficPicture;
  readonly context: ViewContext;
  /** What could not be judged, and why. */
  readonly notes = new Set<string>();
  readonly #expected: ExpectedHosts;
  #attempts: Attempts | null = null;

  constructor(picture: TrafficPicture, context: ViewContext) {
    this.picture = picture;
    this.context = context;
    this.#expected = new ExpectedHosts(context.directory);
  }

  /** What was left out because a host does it on purpose. */
  get expectedNotes(): string[] {
    return this.#expected.notes();
  }

  /** Outcome of every attempt to connect: what several monitors stand on, worked out once. */
  get attempts(): Attempts {
    return this.#attempts ??= new Attempts(
      this.picture,
      (words) => this.context.directory.isInternal(words),
    );
  }

  /** Length of the window, ms. */
  get windowMs(): number {
    return this.context.window.toMs - this.context.window.fromMs;
  }

  /** Whether a host is one's own. */
  isInternal(host: number): boolean {
    return this.context.directory.isInternal(this.picture.hosts.words(host));
  }

  /**
   * Whether a finding about a host is left out, because the host does it on purpose; it is counted.
   *
   * @param host that acts
   * @param purposes that would explain it
   * @param type of the finding
   */
  isExpected(host: number, purposes: readonly Purpose[], type: AnomalyType): boolean {
    return this.#expected.leavesOut(this.picture.hosts.words(host), { purposes, type });
  }

  /** `443/tcp`, `udp/5353` the way people write services, with the name where there is one. */
  service(protocol: number, port: number): string {
    const name = protocolName(protocol)?.toLowerCase() ?? `protocol ${protocol}`;
    if (port === 0) return name;
    const known = this.context.serviceName(protocol, port);
    return known === null ? `port ${port}/${name}` : `port ${port}/${name} (${known})`;
  }

  /** How a filter names a service: "tcp port 443". */
  serviceFilter(protocol: number, port: number): string {
    return port === 0 ? `proto ${protocol}` : `proto ${protocol} and port ${port}`;
  }

  /**
   * The query that shows something: the traffic that a filter chooses within the window, grouped.
   *
   * @param filter of what was found; the one of the question is added to it
   * @param options `group_by` and `metrics` of the query
   */
  evidence(
    filter: string,
    { group_by, metrics = ["bytes", "packets", "flows"], bucketSeconds }: {
      group_by: string[];
      metrics?: string[];
      bucketSeconds?: number;
    },
  ): FindingEvidence {
    return {
      tool: "query_flows",
      arguments: {
        ...this.#within(filter),
        ...(group_by.length > 0 ? { group_by } : {}),
        metrics,
        ...(bucketSeconds === undefined ? {} : { bucket_seconds: bucketSeconds }),
      },
    };
  }

  /** The search that shows single records: those that a filter chooses, with some of their fields. */
  records(filter: string, fields: string[]): FindingEvidence {
    return { tool: "search_flows", arguments: { ...this.#within(filter), fields } };
  }

  #within(filter: string): { time_range: string; filter: string } {
    const { window, filter: asked } = this.context;
    const parts = [asked, filter].filter((part) => part !== "");
    return {
      time_range: `${formatTime(window.fromMs)}/${formatTime(window.toMs)}`,
      filter: parts.length > 1 ? parts.map((part) => `(${part})`).join(" and ") : parts.join(),
    };
  }
}
