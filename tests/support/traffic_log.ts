import type { FixtureRow } from "./flow_fixture.ts";

/** Flags of a connection that was opened, used and closed; of more of one; of a lone SYN. */
export const WHOLE = 27;
export const MIDDLE = 24;
export const SYN = 2;
const RESET = 20;
/** Exporters cut long flows after this time, unless an exchange says otherwise. */
const ACTIVE_TIMEOUT_MS = 60_000;

/** One exchange: who asks whom, and how much goes each way. */
export interface Exchange {
  at: number;
  /** ms; default 200. */
  lasts?: number;
  from: string;
  to: string;
  sport: number;
  dport: number;
  /** Default 6. */
  protocol?: number;
  /** Octets there and back; 0 packets back for no answer. */
  out: number;
  back: number;
  /** TCP flags there; default WHOLE. */
  flags?: number;
  /** The answer is a reset. */
  refused?: boolean;
  exporter?: string;
  /** After which its exporter cuts it, ms. */
  activeTimeoutMs?: number;
}

/** Flow records as an exporter at the edge of a network would send them. */
export class TrafficLog {
  readonly rows: FixtureRow[] = [];

  /** Adds both directions of an exchange, each cut by the exporter's active timeout. */
  add(exchange: Exchange): void {
    const { from, to, sport, dport, out, back, refused = false } = exchange;
    this.#flow(exchange, { from, to, sport, dport, bytes: out, flags: exchange.flags ?? WHOLE });
    if (back === 0 && !refused) return;
    const flags = refused ? RESET : WHOLE;
    this.#flow(exchange, {
      from: to,
      to: from,
      sport: dport,
      dport: sport,
      bytes: refused ? 40 : back,
      flags,
    });
  }

  #flow(
    exchange: Exchange,
    { from, to, sport, dport, bytes, flags }: {
      from: string;
      to: string;
      sport: number;
      dport: number;
      bytes: number;
      flags: number;
    },
  ): void {
    const { at, lasts = 200, protocol = 6, exporter = "192.0.2.1" } = exchange;
    const { activeTimeoutMs = ACTIVE_TIMEOUT_MS } = exchange;
    const parts = Math.max(1, Math.ceil(lasts / activeTimeoutMs));
    for (let part = 0; part < parts; part++) {
      const start = at + part * activeTimeoutMs;
      const end = Math.min(at + lasts, start + activeTimeoutMs - 1);
      const octets = bytes / parts;
      this.rows.push({
        exporter,
        // The exporter holds a flow for a little before it sends it.
        received_at: end + 1000,
        start_at: start,
        end_at: end,
        src_addr: from,
        dst_addr: to,
        protocol,
        ...(protocol === 1
          ? { icmp_type: from === exchange.from ? 8 : 0 }
          : { src_port: sport, dst_port: dport }),
        ...(protocol === 6 ? { tcp_flags: part === 0 || flags < 16 ? flags : MIDDLE } : {}),
        bytes: octets,
        packets: Math.max(1, Math.round(octets / 900)),
        in_if: 1,
        out_if: 2,
      });
    }
  }
}
