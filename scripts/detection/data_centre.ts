import { SYN, type TrafficLog } from "../../tests/support/traffic_log.ts";
import { Chance } from "./chance.ts";
import type { Ground, Site } from "./site.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const EXPORTERS = ["192.0.2.11", "192.0.2.12"] as const;
/** Requests a second from the world. */
const REQUESTS = 12;
const BALANCERS = ["10.8.0.11", "10.8.0.12"];
const PUBLIC = ["10.8.0.100", "10.8.0.101"];
const APPS = 12;
const NODES = 40;
const PROMETHEUS = "10.8.9.5";
/** A TCP check that is broken off as soon as it is answered. */
const CHECKED = 6;

/**
 * A data centre: few hosts and many connections. Load balancers ask every few seconds whether their
 * servers live, monitoring scrapes all nodes, one server is away, the world knocks at every door.
 */
export class DataCentre implements Site {
  readonly ground: Ground = {
    insiders: [2, 4, 6, 8, 10].map(app),
    servers: [PUBLIC[0], PUBLIC[1], "10.8.0.53", app(3)],
    unused: (n) => `10.8.${20 + (n >> 8)}.${n & 255}`,
    exporters: EXPORTERS,
    scanners: [],
    // Nothing is configured: the monitors have to tell by themselves.
    monitoring: [],
  };
  readonly #chance: Chance;
  #log!: TrafficLog;

  /** @param options `seed` of what is left to chance */
  constructor({ seed }: { seed: number }) {
    this.#chance = new Chance({ seed, firstPort: 30_000 });
  }

  minute(log: TrafficLog, at: number): void {
    this.#log = log;
    for (let n = 0; n < REQUESTS * 60; n++) this.#request(at + this.#chance.next() * MINUTE);
    this.#checks(at);
    this.#scrapes(at);
    this.#world(at);
    this.#chores(at);
  }

  /** From the world to a public address, from a balancer to a server, to a cache and a database. */
  #request(at: number): void {
    const n = this.#chance.pick(2);
    const exporter = EXPORTERS[n];
    const size = Math.exp(this.#chance.between(7, 12));
    const guest = this.#chance.pick(60_000);
    this.#log.add({
      at,
      lasts: this.#chance.between(50, 8000),
      from: `198.18.${guest >> 8}.${guest & 255}`,
      to: PUBLIC[n],
      sport: this.#chance.ephemeral(),
      dport: 443,
      out: this.#chance.between(600, 3000),
      back: size,
      exporter,
    });
    const server = app(this.#chance.pick(APPS - 1));
    const inner = { lasts: this.#chance.between(5, 400), exporter };
    this.#log.add({
      ...inner,
      at: at + 2,
      from: BALANCERS[n],
      to: server,
      sport: this.#chance.ephemeral(),
      dport: 8080,
      out: this.#chance.between(600, 3000),
      back: size,
    });
    const store = this.#chance.next() < 0.6
      ? {
        to: `10.8.2.${11 + this.#chance.pick(3)}`,
        dport: 6379,
        out: 120,
        back: this.#chance.between(50, 5000),
      }
      : { to: "10.8.3.11", dport: 5432, out: 800, back: this.#chance.between(500, 50_000) };
    this.#log.add({
      ...inner,
      at: at + 5,
      from: server,
      sport: this.#chance.ephemeral(),
      ...store,
    });
  }

  /** Whether servers live: every 5 s by both balancers; the last server is away. */
  #checks(at: number): void {
    for (let tick = 0; tick < 12; tick++) {
      BALANCERS.forEach((from, n) => {
        for (let server = 0; server < APPS; server++) {
          this.#log.add({
            at: at + tick * 5000 + server * 20 + n * 7,
            lasts: 3,
            from,
            to: app(server),
            sport: this.#chance.ephemeral(),
            dport: 8080,
            exporter: EXPORTERS[n],
            ...(server === APPS - 1
              ? { flags: SYN, out: 60, back: 0, refused: true }
              : { out: 250, back: 180 }),
          });
          // The port of the database proxy is merely tried.
          this.#log.add({
            at: at + tick * 5000 + server * 20 + n * 7 + 9,
            lasts: 1,
            from,
            to: app(server),
            sport: this.#chance.ephemeral(),
            dport: 6432,
            flags: CHECKED,
            out: 100,
            back: 60,
            exporter: EXPORTERS[n],
          });
        }
      });
    }
  }

  /** Metrics of all nodes every 15 s, three of which are gone; ping every minute; time; logs. */
  #scrapes(at: number): void {
    for (let node = 0; node < NODES; node++) {
      const to = node < APPS ? app(node) : `10.8.4.${node}`;
      const gone = node >= NODES - 3;
      const exporter = EXPORTERS[node % 2];
      for (let tick = 0; tick < 4; tick++) {
        this.#log.add({
          at: at + tick * 15_000 + node * 300,
          lasts: 40,
          from: PROMETHEUS,
          to,
          sport: this.#chance.ephemeral(),
          dport: 9100,
          exporter,
          ...(gone ? { flags: SYN, out: 180, back: 0 } : { out: 300, back: 60_000 }),
        });
      }
      this.#log.add({
        at: at + node * 500,
        from: PROMETHEUS,
        to,
        sport: 0,
        dport: 0,
        protocol: 1,
        out: 84,
        back: gone ? 0 : 84,
        exporter,
      });
      if (gone) continue;
      this.#log.add({
        at: at + (node * 1600) % MINUTE,
        from: to,
        to: "10.8.0.123",
        sport: 123,
        dport: 123,
        protocol: 17,
        out: 76,
        back: 76,
        exporter,
      });
      this.#log.add({
        at: at + this.#chance.next() * MINUTE,
        from: to,
        to: "10.8.0.53",
        sport: this.#chance.ephemeral(),
        dport: 53,
        protocol: 17,
        out: 70,
        back: this.#chance.between(90, 400),
        exporter,
      });
      // Logs go over one connection that stays open.
      this.#log.add({
        at,
        lasts: MINUTE - 1,
        from: to,
        to: "10.8.0.14",
        sport: 45_000 + node,
        dport: 6514,
        flags: 24,
        out: this.#chance.between(5000, 80_000),
        back: 600,
        exporter,
      });
    }
  }

  /** What reaches every public address: single probes from everywhere. */
  #world(at: number): void {
    for (let n = 0; n < 30; n++) {
      const source = `${40 + this.#chance.pick(59)}.${this.#chance.pick(255)}.${
        this.#chance.pick(255)
      }.${this.#chance.pick(255)}`;
      const dport = [22, 23, 445, 3389, 8080, 5060, 80, 2323][this.#chance.pick(8)];
      for (let host = 0; host < 1 + this.#chance.pick(4); host++) {
        this.#log.add({
          at: at + this.#chance.next() * MINUTE,
          lasts: 0,
          from: source,
          to: `10.8.0.${100 + this.#chance.pick(30)}`,
          sport: this.#chance.ephemeral(),
          dport,
          flags: SYN,
          out: 40,
          back: 0,
          exporter: EXPORTERS[n % 2],
        });
      }
    }
  }

  /** Calls to a service outside, jobs by the clock. */
  #chores(at: number): void {
    for (let server = 0; server < APPS - 1; server++) {
      // A payment service is asked now and then, feature flags are fetched every 30 s by all.
      if (this.#chance.next() < 0.5) {
        this.#log.add({
          at: at + this.#chance.next() * MINUTE,
          lasts: 300,
          from: app(server),
          to: "198.51.100.61",
          sport: this.#chance.ephemeral(),
          dport: 443,
          out: this.#chance.between(1500, 3000),
          back: this.#chance.between(800, 2000),
        });
      }
      for (const tick of [0, 30_000]) {
        this.#log.add({
          at: at + tick + server * 40,
          from: app(server),
          to: "198.51.100.62",
          sport: this.#chance.ephemeral(),
          dport: 443,
          out: 700,
          back: 1200,
        });
      }
    }
    if (at % (30 * MINUTE) === 0) {
      this.#log.add({
        at: at + this.#chance.between(0, 30_000),
        lasts: 4 * MINUTE,
        from: "10.8.3.11",
        to: "10.8.3.12",
        sport: this.#chance.ephemeral(),
        dport: 5432,
        out: 2e9,
        back: 2e7,
        exporter: EXPORTERS[1],
      });
    }
    // Each hour a job reads many objects of a store outside.
    if (at % HOUR < 5 * MINUTE) {
      for (let n = 0; n < 40; n++) {
        this.#log.add({
          at: at + this.#chance.next() * MINUTE,
          lasts: 500,
          from: app(5),
          to: `198.51.101.${this.#chance.pick(30)}`,
          sport: this.#chance.ephemeral(),
          dport: 443,
          out: 900,
          back: this.#chance.between(1e5, 5e6),
        });
      }
    }
  }
}

function app(n: number): string {
  return `10.8.1.${11 + n}`;
}
