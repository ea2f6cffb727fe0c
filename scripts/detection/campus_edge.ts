import { SYN, type TrafficLog } from "../../tests/support/traffic_log.ts";
import { Chance } from "./chance.ts";
import type { Ground, Site } from "./site.ts";

const MINUTE = 60_000;
const EXPORTERS = ["192.0.2.21", "192.0.2.22"] as const;
const CLIENTS = 3000;
/** Peers of file sharing that go on answering. */
const PEERS_ALIVE = 0.55;

/**
 * The border of a campus: only what crosses it is seen. Many clients, file sharing whose peers have
 * gone, mail, name servers that ask the world, and the probing that every public network gets.
 */
export class CampusEdge implements Site {
  readonly ground: Ground = {
    insiders: [40, 41, 42, 43, 44].map(client),
    servers: ["10.20.0.80", "10.20.0.81", "10.20.0.82", "10.20.0.83"],
    unused: (n) => `198.19.${n >> 8}.${n & 255}`,
    exporters: EXPORTERS,
    scanners: [],
    monitoring: [],
  };
  readonly #chance: Chance;
  readonly #perSecond: number;
  #log!: TrafficLog;

  /** @param options `seed` of what is left to chance, connections of clients a second */
  constructor({ seed, perSecond }: { seed: number; perSecond: number }) {
    this.#chance = new Chance({ seed, firstPort: 20_000 });
    this.#perSecond = perSecond;
  }

  minute(log: TrafficLog, at: number): void {
    this.#log = log;
    for (let n = 0; n < this.#perSecond * 60; n++) this.#page(at + this.#chance.next() * MINUTE);
    for (let n = 0; n < this.#perSecond * 15; n++) this.#peer(at + this.#chance.next() * MINUTE);
    for (let n = 0; n < this.#perSecond * 12; n++) this.#lookup(at + this.#chance.next() * MINUTE);
    this.#servers(at);
    this.#background(at);
  }

  #page(at: number): void {
    const n = this.#chance.pick(CLIENTS);
    const site = Math.floor(4000 * this.#chance.next() ** 3);
    const failed = this.#chance.next() < 0.03;
    const quic = this.#chance.next() < 0.3;
    this.#log.add({
      at,
      lasts: this.#chance.between(100, 40_000),
      from: client(n),
      to: `198.51.${site >> 8}.${site & 255}`,
      sport: this.#chance.ephemeral(),
      dport: 443,
      protocol: quic ? 17 : 6,
      out: failed ? 60 : this.#chance.between(1500, 9000),
      back: failed ? 0 : Math.exp(this.#chance.between(8, 16)),
      exporter: EXPORTERS[n % 2],
      ...(failed ? { flags: SYN } : {}),
    });
  }

  /** File sharing: a few clients ask very many peers, and nearly half of them have gone. */
  #peer(at: number): void {
    const n = this.#chance.pick(12);
    const peer = this.#chance.pick(50_000);
    const alive = this.#chance.next() < PEERS_ALIVE;
    this.#log.add({
      at,
      lasts: 300,
      from: client(500 + n),
      to: `203.${peer >> 8}.${peer & 255}.7`,
      sport: 6881,
      // Half of them keep to the port that is usual, the others took one at random.
      dport: peer % 2 === 0 ? 6881 : 10_000 + peer,
      protocol: 17,
      out: 130,
      back: alive ? 300 : 0,
      exporter: EXPORTERS[n % 2],
    });
  }

  /** Resolvers of the campus ask name servers of the world; some of those are lame. */
  #lookup(at: number): void {
    const server = Math.floor(3000 * this.#chance.next() ** 2);
    const lame = server % 25 === 3;
    this.#log.add({
      at,
      lasts: 40,
      from: `10.20.0.${53 + this.#chance.pick(2)}`,
      to: `198.18.${server >> 8}.${server & 255}`,
      sport: this.#chance.ephemeral(),
      dport: 53,
      protocol: 17,
      out: 80,
      back: lame ? 0 : this.#chance.between(100, 1200),
      exporter: EXPORTERS[server % 2],
    });
  }

  /** The world at the campus's web and mail servers, and mail that goes out. */
  #servers(at: number): void {
    for (let n = 0; n < 90; n++) {
      const guest = this.#chance.pick(30_000);
      this.#log.add({
        at: at + this.#chance.next() * MINUTE,
        lasts: this.#chance.between(50, 9000),
        from: `198.17.${guest >> 8}.${guest & 255}`,
        to: `10.20.0.${80 + this.#chance.pick(4)}`,
        sport: this.#chance.ephemeral(),
        dport: 443,
        out: this.#chance.between(800, 4000),
        back: Math.exp(this.#chance.between(7, 14)),
        exporter: EXPORTERS[n % 2],
      });
    }
    for (let n = 0; n < 8; n++) {
      const to = Math.floor(600 * this.#chance.next() ** 2);
      const failed = this.#chance.next() < 0.12;
      this.#log.add({
        at: at + this.#chance.next() * MINUTE,
        lasts: 3000,
        from: "10.20.0.25",
        to: `198.16.${to >> 8}.${to & 255}`,
        sport: this.#chance.ephemeral(),
        dport: 25,
        out: failed ? 60 : 20_000,
        back: failed ? 0 : 2000,
        exporter: EXPORTERS[1],
        ...(failed ? { flags: SYN } : {}),
      });
    }
    // Clocks of clients that use a server outside.
    for (let n = 0; n < 60; n++) {
      this.#log.add({
        at: at + n * 1000,
        from: client(n * 7),
        to: `198.51.200.${n % 4}`,
        sport: 123,
        dport: 123,
        protocol: 17,
        out: 76,
        back: 76,
        exporter: EXPORTERS[n % 2],
      });
    }
  }

  /** Single probes from everywhere, and what comes back of floods with forged sources. */
  #background(at: number): void {
    for (let n = 0; n < 150; n++) {
      const source = `${40 + this.#chance.pick(59)}.${this.#chance.pick(255)}.${
        this.#chance.pick(255)
      }.${this.#chance.pick(255)}`;
      const dport = [22, 23, 445, 3389, 8080, 5060, 80, 2323][this.#chance.pick(8)];
      for (let host = 0; host < 1 + this.#chance.pick(4); host++) {
        this.#log.add({
          at: at + this.#chance.next() * MINUTE,
          lasts: 0,
          from: source,
          to: client(this.#chance.pick(20_000)),
          sport: this.#chance.ephemeral(),
          dport,
          flags: SYN,
          out: 40,
          back: 0,
          exporter: EXPORTERS[n % 2],
        });
      }
    }
    for (let n = 0; n < 20; n++) {
      this.#log.add({
        at: at + this.#chance.next() * MINUTE,
        lasts: 0,
        from: `203.0.113.${n}`,
        to: client(this.#chance.pick(20_000)),
        sport: 443,
        dport: this.#chance.ephemeral(),
        flags: 18,
        out: 44,
        back: 0,
        exporter: EXPORTERS[n % 2],
      });
    }
  }
}

function client(n: number): string {
  return `10.20.${1 + (n >> 8)}.${n & 255}`;
}
