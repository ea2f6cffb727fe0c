/** Which merged group each group belongs to. */
export interface Merging {
  /** By group; -1 for none. */
  readonly of: Int32Array;
  readonly count: number;
  /** Merged group that takes in what found no room, -1 for none. */
  readonly overflow: number;
  /** Whether every group stays by itself. */
  readonly separate?: true;
}

/** Every group by itself. */
export function separate(groups: number): Merging {
  const of = new Int32Array(groups);
  for (let id = 0; id < groups; id++) of[id] = id;
  return { of, count: groups, overflow: -1, separate: true };
}

/** All groups as one. */
export function together(groups: number): Merging {
  return { of: new Int32Array(groups), count: 1, overflow: 0 };
}
