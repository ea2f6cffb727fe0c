import type { RingIdentity } from "../../core/flow/ring_identity.ts";
import { History } from "../../core/history/history.ts";
import type { HistoryPolicy } from "../../core/history/history_policy.ts";
import type { FlowSource } from "../../core/query/flow_source.ts";
import { FakeClock } from "./fake_clock.ts";
import { type FixtureRow, FlowFixture } from "./flow_fixture.ts";
import { temporaryFolder } from "./temporary_folder.ts";

/** Rings that a test fills by hand, and history that seals them in a folder of its own. */
export class SealedRings {
  readonly fixtures: readonly FlowFixture[];
  readonly history: History;
  readonly clock: FakeClock;
  /** What history said of its file, and of the clock. */
  readonly notices: string[] = [];
  readonly #temporary = temporaryFolder();
  #held: readonly FlowFixture[];

  /**
   * @param rings one of each
   * @param options `capacity` of each in rows (default 1024), `nowMs` of the clock, and what is kept:
   *   by default everything
   */
  constructor(
    rings: readonly Partial<RingIdentity>[],
    { capacity = 1024, nowMs, ...policy }:
      & { capacity?: number; nowMs?: number }
      & Partial<HistoryPolicy> = {},
  ) {
    this.clock = new FakeClock(nowMs);
    this.fixtures = this.#held = rings.map((ring) => new FlowFixture({ ...ring, capacity }));
    this.history = new History({
      folder: this.folder,
      keepMs: 1e15,
      keepMinutesMs: 1e15,
      keepHoursMs: 1e15,
      namedPorts: new Uint8Array(65_536),
      maxOctets: 2 ** 31,
      ...policy,
      clock: this.clock,
      seed: 5,
      onPause: (reason) => {
        throw new Error(`history paused: ${reason}`);
      },
      onNotice: (message) => this.notices.push(message),
    });
    for (const { source } of this.fixtures) this.history.follow(source);
  }

  /** Of history.db. */
  get folder(): string {
    return this.#temporary.path;
  }

  /** The rings that memory still holds. */
  get sources(): FlowSource[] {
    return this.#held.map(({ source }) => source);
  }

  /** Writes rows to one ring. */
  add(ring: number, rows: readonly FixtureRow[]): void {
    this.fixtures[ring].add(...rows);
  }

  /** Seals what is due; with `all`, what could wait too. */
  work({ all = false }: { all?: boolean } = {}): void {
    for (let turn = 0; turn < 1000 && this.history.work({ all }); turn++);
  }

  /** Seals everything; the first rings, or all, are gone from memory then. */
  forget(count = this.fixtures.length): void {
    this.work({ all: true });
    this.#held = this.fixtures.slice(count);
  }

  /** Ends history, and takes the folder away. */
  close(): void {
    this.history.close();
    this.#temporary[Symbol.dispose]();
  }
}
