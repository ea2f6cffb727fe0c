import { MIDDLE, SYN, type TrafficLog } from "../../tests/support/traffic_log.ts";
import { Chance } from "./chance.ts";
import type { Ground, Site } from "./site.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Hosts that look at others on purpose. */
const MONITORING = "10.0.0.5";
const SCANNER = "10.0.0.6";
const EXPORTERS = ["192.0.2.1", "192.0.2.2"] as const;

/** A company: what is ordinary there through the day, with all that only looks like an attack. */
export class Office implements Site {
  readonly ground: Ground;
  readonly #chance: Chance;
  readonly #clients: number;
  #log!: TrafficLog;

  /** @param options `seed` that makes the days, and how many `clients` there are, 16 to 2,500 */
  constructor({ seed, clients }: { seed: number; clients: number }) {
    this.#chance = new Chance({ seed, firstPort: 20_000 });
    this.#clients = clients;
    this.ground = {
      insiders: [15, 12, 13, 14, 11].map((n) => this.#client(n).from),
      servers: ["10.0.0.21", "10.0.0.22", "10.0.0.23", "10.0.0.24"],
      unused: (n) => `10.0.${20 + (n >> 8)}.${n & 255}`,
      exporters: EXPORTERS,
      scanners: [SCANNER],
      monitoring: [MONITORING],
    };
  }

  minute(log: TrafficLog, at: number): void {
    this.#log = log;
    const minute = Math.floor((at % DAY) / MINUTE);
    const activity = 0.1 + 0.9 * Math.max(0, Math.sin((minute / 60 - 6) / 14 * Math.PI));
    this.#browsing(at, activity);
    this.#video(at, minute);
    this.#habits(at, minute);
    if (minute >= 14 * 60 && minute < 16 * 60) this.#crawler(at);
    if (minute === 2 * 60) this.#backup(at);
    if (minute === 4 * 60) this.#scannerRun(at);
    const call = minute / 60 - 9;
    if (Number.isInteger(call) && call >= 0 && call < 8) this.#call(at, call);
  }

  #client(n: number): { from: string; exporter: string } {
    return { from: `10.0.${1 + Math.floor(n / 200)}.${n % 200 + 10}`, exporter: EXPORTERS[n % 2] };
  }

  /** Pages: a name, then a few connections to a content network; a few fail. */
  #browsing(minute: number, activity: number): void {
    for (let n = 0; n < this.#clients; n++) {
      if (this.#chance.next() > activity * 0.6) continue;
      const at = minute + this.#chance.next() * MINUTE;
      const client = this.#client(n);
      this.#log.add({
        ...client,
        at,
        to: "10.0.0.53",
        sport: this.#chance.ephemeral(),
        dport: 53,
        protocol: 17,
        out: 60,
        back: 180,
      });
      for (let i = 0; i < 2; i++) {
        const site = Math.floor(300 * this.#chance.next() ** 3);
        const failed = this.#chance.next() < 0.03;
        this.#log.add({
          ...client,
          at: at + 50 + i * 30,
          lasts: this.#chance.between(100, 20_000),
          to: `198.51.${100 + (site >> 7)}.${1 + (site & 127)}`,
          sport: this.#chance.ephemeral(),
          dport: 443,
          out: failed ? 60 : this.#chance.between(1000, 8000),
          back: failed ? 0 : Math.exp(this.#chance.between(9, 14)),
          ...(failed ? { flags: SYN } : {}),
        });
      }
    }
  }

  /** Films from the content network, two hours each, from noon on; connections that stay open. */
  #video(at: number, minute: number): void {
    for (let n = 0; n < 4; n++) {
      const begins = (12 + n * 2) * 60;
      if (minute < begins || minute >= begins + 120) continue;
      this.#log.add({
        ...this.#client(n),
        at,
        lasts: MINUTE - 1,
        to: `198.51.110.${n + 1}`,
        sport: 33_000 + n,
        dport: 443,
        flags: MIDDLE,
        out: 400_000,
        back: 35_000_000 * this.#chance.between(0.8, 1.2),
      });
    }
  }

  /** What machines do by themselves, by the clock. */
  #habits(at: number, minute: number): void {
    for (let n = 0; n < this.#clients; n++) {
      const client = this.#client(n);
      // Telemetry every five minutes, to one server; time by NTP every 64 s, more or less.
      if (minute % 5 === n % 5) {
        this.#log.add({
          ...client,
          at: at + (n * 700) % MINUTE,
          to: "198.51.100.200",
          sport: this.#chance.ephemeral(),
          dport: 443,
          out: 900,
          back: 400,
        });
      }
      this.#log.add({
        ...client,
        at: at + (n * 1000) % MINUTE,
        to: "10.0.0.123",
        sport: 123,
        dport: 123,
        protocol: 17,
        out: 76,
        back: 76,
      });
    }
    for (let n = 0; n < 15; n++) {
      const target = `10.0.0.${20 + n}`;
      const poll = {
        at: at + n * 200,
        from: MONITORING,
        to: target,
        sport: this.#chance.ephemeral(),
      };
      this.#log.add({ ...poll, dport: 161, protocol: 17, out: 90, back: 300 });
      this.#log.add({ ...poll, dport: 443, out: 600, back: 900 });
      // Syslog is not answered.
      this.#log.add({
        at: at + n * 900,
        from: target,
        to: "10.0.0.14",
        sport: 514,
        dport: 514,
        protocol: 17,
        out: 4000,
        back: 0,
      });
    }
    // A server of the NTP pool is asked by the world; a chat connection is kept alive.
    for (let n = 0; n < 6; n++) {
      const guest = this.#chance.pick(400);
      this.#log.add({
        at: at + n * 9000,
        from: `203.0.${guest >> 8}.${guest & 255}`,
        to: "10.0.0.124",
        sport: this.#chance.ephemeral(),
        dport: 123,
        protocol: 17,
        out: 76,
        back: 76,
      });
    }
    this.#log.add({
      ...this.#client(7),
      at,
      lasts: 100,
      to: "198.51.100.222",
      sport: 41_111,
      dport: 443,
      flags: MIDDLE,
      out: 120,
      back: 120,
    });
    // Mail goes to many, and some do not answer.
    const failed = this.#chance.next() < 0.15;
    this.#log.add({
      at: at + 5000,
      from: "10.0.0.25",
      to: `198.18.0.${this.#chance.pick(200)}`,
      sport: this.#chance.ephemeral(),
      dport: 25,
      out: failed ? 60 : 20_000,
      back: failed ? 0 : 2000,
      ...(failed ? { flags: SYN } : {}),
    });
  }

  #crawler(at: number): void {
    for (let n = 0; n < 20; n++) {
      const failed = this.#chance.next() < 0.1;
      const site = this.#chance.pick(4000);
      this.#log.add({
        at: at + n * 3000,
        from: "10.0.0.80",
        to: `198.19.${site >> 8}.${site & 255}`,
        sport: this.#chance.ephemeral(),
        dport: 443,
        out: failed ? 60 : 1500,
        back: failed ? 0 : 40_000,
        ...(failed ? { flags: SYN } : {}),
      });
    }
  }

  /** Every night, forty minutes, one connection. */
  #backup(at: number): void {
    this.#log.add({
      at: at + this.#chance.between(0, 60_000),
      lasts: 40 * MINUTE,
      from: "10.0.0.20",
      to: "10.0.0.90",
      sport: this.#chance.ephemeral(),
      dport: 873,
      out: 12e9,
      back: 1e8,
    });
  }

  #scannerRun(at: number): void {
    for (let host = 0; host < 15; host++) {
      for (let port = 1; port <= 100; port++) {
        this.#log.add({
          at: at + host * 20_000 + port * 100,
          lasts: 1,
          from: SCANNER,
          to: `10.0.0.${20 + host}`,
          sport: 40_000,
          dport: port,
          flags: SYN,
          out: 44,
          back: 0,
          refused: true,
        });
      }
    }
  }

  /** A video call of half an hour, over ports that were agreed on. */
  #call(at: number, n: number): void {
    this.#log.add({
      ...this.#client((n * 7) % this.#clients),
      at: at + this.#chance.between(0, 10 * MINUTE),
      lasts: 30 * MINUTE,
      to: "198.51.111.7",
      sport: 50_000 + n,
      dport: 3480,
      protocol: 17,
      out: 3e8,
      back: 3e8,
    });
  }
}
