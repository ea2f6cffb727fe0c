import { CELL } from "../picture/conversations.ts";
import type { SeriesOf } from "../picture/series.ts";
import type { TrafficPicture } from "../picture/traffic_picture.ts";

/** The largest conversation of some hosts and services, found in one pass. */
export class MainConversations {
  readonly #hosts = new Map<number, number>();
  readonly #services = new Map<number, number>();
  readonly #octets: (id: number) => number;

  /**
   * @param picture with its conversations
   * @param options `hosts` and `services` to find them of; negative hosts are none
   */
  constructor(
    picture: TrafficPicture,
    { hosts, services }: {
      hosts: readonly number[];
      services: readonly { readonly protocol: number; readonly port: number }[];
    },
  ) {
    const conversations = picture.conversations!;
    const { cells, count } = conversations;
    const octets = this.#octets = (id) =>
      cells[conversations.at(id) + CELL.FORWARD_BYTES] +
      cells[conversations.at(id) + CELL.BACK_BYTES];
    for (const host of hosts) if (host >= 0) this.#hosts.set(host, -1);
    for (const { protocol, port } of services) this.#services.set(protocol * 65_536 + port, -1);
    if (this.#hosts.size + this.#services.size === 0) return;
    const keep = (table: Map<number, number>, key: number, id: number) => {
      const best = table.get(key);
      if (best !== undefined && (best < 0 || octets(id) > octets(best))) table.set(key, id);
    };
    for (let id = 0; id < count; id++) {
      keep(this.#hosts, conversations.asker(id), id);
      keep(this.#hosts, conversations.asked(id), id);
      keep(
        this.#services,
        conversations.protocol(id) * 65_536 + conversations.port(id),
        id,
      );
    }
  }

  /** Id of the largest conversation of a host; -1 for none. */
  ofHost(host: number): number {
    return this.#hosts.get(host) ?? -1;
  }

  /** Id of the largest conversation of a host or a service; -1 for none, and of other series. */
  of(series: SeriesOf): number {
    if (series.kind === "host") return this.ofHost(series.host);
    if (series.kind !== "service") return -1;
    return this.#services.get(series.protocol * 65_536 + series.port) ?? -1;
  }

  /** Octets of a conversation, both ways. */
  octets(id: number): number {
    return this.#octets(id);
  }
}
