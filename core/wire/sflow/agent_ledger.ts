import type { DatagramSource } from "../codec.ts";
import { formatAddress, parseAddress } from "../../flow/address.ts";
import { LIMITS } from "../limits.ts";

/** Samples after which the growth of a source's pool is compared with its rate. */
const CHECK_SAMPLES = 256;
/** Effective and announced rate may differ by this factor: of 256 samples, 16 standard deviations. */
const TOLERANCE = 2;
/** A step forward beyond this, or any back, is a numbering begun anew, or reordering. */
const MAX_STEP = 1 << 20;
const REORDER_WINDOW = 4096;
/** Uptimes of datagrams that overtook each other differ by no more than this. */
const REORDER_MS = 10_000;
/** Gaps that no lost datagram explains, after which an agent's samples are numbered otherwise. */
const MAX_UNEXPLAINED = 16;
/** Half of the 32-bit numbers: what grew by more has been set back. */
const HALF = 2 ** 31;

/** What is kept of one data source of an agent. */
interface SourceState {
  sequence: number;
  /** Of the agent, when it sent that number. */
  uptimeMs: number;
  /** Gaps of the agent's datagrams by then. */
  gaps: number;
  drops: number;
  rate: number;
  /** Where the window began in which the pool is compared with the rate. */
  checkSequence: number;
  checkPool: number;
}

/** What is known of one agent and sub-agent. */
export interface Agent {
  /** Its address, four words; null where it has none. */
  readonly words: Uint32Array | null;
  /** Under which its account is found: its own address, and where its datagrams come from. */
  readonly source: DatagramSource;
  /** Milliseconds since it started, 32 bits, as its datagram at hand says. */
  uptimeMs: number;
  readonly sources: Map<number, SourceState>;
  /** When it was last noted that flows of it were decoded, Unix milliseconds. */
  confirmedMs: number;
  /** Number of its last datagram, -1 before the first, and how often that did not follow on. */
  sequence: number;
  gaps: number;
  /** Samples counted as lost, and gaps among them that no lost datagram explains. */
  lost: number;
  unexplained: number;
}

/** What one sample told beyond itself. */
export interface SampleFindings {
  /** Samples of its source that are missing before it. */
  lost: number;
  /** Samples that the agent says it dropped since the one before. */
  dropped: number;
  /** Packets a sample that the pool grew by, where that belies the announced rate; else 0. */
  effectiveRate: number;
}

/**
 * The agents that a collector hears and the numberings of their data sources. Bounded: of more
 * agents or sources the oldest, or the new ones, are not followed.
 */
export class AgentLedger {
  readonly #agents = new Map<string, Agent>();
  readonly #findings: SampleFindings = { lost: 0, dropped: 0, effectiveRate: 0 };
  #sources = 0;
  /** The agent that was found last, and by what: datagrams of one come in rows. */
  #last: Agent | null = null;
  #lastAddress = "";
  #lastSubAgent = -1;

  /**
   * The entry of an agent.
   *
   * @param words its address, copied; null for a datagram without
   * @param source of the datagram
   * @param subAgent id, 32 bits
   */
  find(words: Uint32Array | null, source: DatagramSource, subAgent: number): Agent {
    const last = this.#last;
    if (
      last !== null && subAgent === this.#lastSubAgent && source.port === last.source.port &&
      source.address === this.#lastAddress && sameWords(words, last.words)
    ) return last;
    const agent = this.#find(words, source, subAgent);
    this.#last = agent;
    this.#lastAddress = source.address;
    this.#lastSubAgent = subAgent;
    return agent;
  }

  #find(words: Uint32Array | null, source: DatagramSource, subAgent: number): Agent {
    // Several may claim one address, by mistake or by intent; their numberings are their own.
    const key = `${words?.join()} ${source.address} ${source.port} ${subAgent}`;
    let agent = this.#agents.get(key);
    if (agent !== undefined) return agent;
    if (this.#agents.size >= LIMITS.sflowAgents) this.#forgetOldest();
    agent = {
      words: words?.slice() ?? null,
      source: words === null ? { ...source } : accountOf(words, source),
      uptimeMs: 0,
      sources: new Map(),
      confirmedMs: -Infinity,
      sequence: -1,
      gaps: 0,
      lost: 0,
      unexplained: 0,
    };
    this.#agents.set(key, agent);
    return agent;
  }

  /**
   * Takes a datagram into account.
   *
   * @param agent it came from
   * @param sequence number of the datagram, and `uptimeMs` of the agent, 32 bits each
   */
  datagram(agent: Agent, sequence: number, uptimeMs: number): void {
    if (agent.sequence >= 0 && ((agent.sequence + 1) >>> 0) !== sequence) agent.gaps++;
    agent.sequence = sequence;
    agent.uptimeMs = uptimeMs;
  }

  /**
   * Takes a flow sample into account.
   *
   * @param agent it came from
   * @param sourceClass and `sourceIndex`: its data source
   * @param sample its numbers, 32 bits each
   * @returns what it tells; not valid after the next call
   */
  flowSample(
    agent: Agent,
    sourceClass: number,
    sourceIndex: number,
    sample: { sequence: number; rate: number; pool: number; drops: number },
  ): SampleFindings {
    const found = this.#findings;
    found.lost = found.dropped = found.effectiveRate = 0;
    const key = sourceClass * 2 ** 32 + sourceIndex;
    const state = agent.sources.get(key);
    const { sequence, rate, pool, drops } = sample;
    if (state === undefined) {
      if (this.#sources >= LIMITS.sflowSources) return found;
      this.#sources++;
      agent.sources.set(key, {
        sequence,
        uptimeMs: agent.uptimeMs,
        gaps: agent.gaps,
        drops,
        rate,
        checkSequence: sequence,
        checkPool: pool,
      });
      return found;
    }
    const step = (sequence - state.sequence) | 0;
    const isNear = Math.abs((agent.uptimeMs - state.uptimeMs) | 0) <= REORDER_MS;
    if (step <= 0 && step > -REORDER_WINDOW && isNear) {
      // Late: what was counted as lost before it was not.
      if (step < 0) found.lost = this.#missing(agent, state, -1);
      return found;
    }
    if (step <= 0 || step > MAX_STEP || rate !== state.rate) {
      this.#restart(state, agent.uptimeMs, sample);
      return found;
    }
    found.lost = this.#missing(agent, state, step - 1);
    const dropped = (drops - state.drops) >>> 0;
    if (dropped < HALF) found.dropped = dropped;
    state.sequence = sequence;
    state.uptimeMs = agent.uptimeMs;
    state.gaps = agent.gaps;
    state.drops = drops;
    const samples = (sequence - state.checkSequence) >>> 0;
    if (samples < CHECK_SAMPLES) return found;
    const grown = (pool - state.checkPool) >>> 0;
    state.checkSequence = sequence;
    state.checkPool = pool;
    // A pool that stands still is one that the agent does not keep; one that may have gone round
    // more than once tells nothing.
    if (grown === 0 || rate === 0 || samples * rate * TOLERANCE >= HALF) return found;
    const effective = grown / samples;
    if (effective > rate * TOLERANCE || effective * TOLERANCE < rate) {
      found.effectiveRate = effective;
    }
    return found;
  }

  /**
   * Samples to count as lost. Where gaps keep coming although every datagram came, the agent numbers
   * its samples across sources, and not by source as it should: nothing is known of their loss.
   */
  #missing(agent: Agent, state: SourceState, lost: number): number {
    if (agent.unexplained >= MAX_UNEXPLAINED || lost === 0) return 0;
    if (lost > 0 && state.gaps === agent.gaps && ++agent.unexplained === MAX_UNEXPLAINED) {
      return -agent.lost;
    }
    agent.lost += lost;
    return lost;
  }

  #restart(
    state: SourceState,
    uptimeMs: number,
    { sequence, rate, pool, drops }: {
      sequence: number;
      rate: number;
      pool: number;
      drops: number;
    },
  ): void {
    state.sequence = state.checkSequence = sequence;
    state.gaps = Infinity;
    state.uptimeMs = uptimeMs;
    state.rate = rate;
    state.drops = drops;
    state.checkPool = pool;
  }

  #forgetOldest(): void {
    for (const [key, agent] of this.#agents) {
      this.#sources -= agent.sources.size;
      this.#agents.delete(key);
      return;
    }
  }
}

/** The account of an agent: its own, or one that somebody keeps for it. */
function accountOf(words: Uint32Array, { address: sender, port }: DatagramSource): DatagramSource {
  const address = formatAddress(words);
  const own = new Uint32Array(4);
  const isItself = !parseAddress(sender, own) || sameWords(own, words);
  return isItself ? { address, port } : { address, port, sender };
}

function sameWords(a: Uint32Array | null, b: Uint32Array | null): boolean {
  if (a === null || b === null) return a === b;
  return a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3];
}
