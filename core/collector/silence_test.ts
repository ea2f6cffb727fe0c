import assert from "node:assert/strict";
import { silence, type Stream } from "./silence.ts";

const NOW = 10_000_000;
const MINUTE = 60_000;
const stream = (
  { began = 60, heard = 0, ...rest }: Partial<Stream> & { began?: number; heard?: number },
): Stream => ({
  address: "192.0.2.1",
  observation_domain: 0,
  collector: "netflow_udp@[::]:2055",
  first_seen_ms: NOW - began * MINUTE,
  last_seen_ms: NOW - heard * MINUTE,
  unheard_since_ms: NOW - heard * MINUTE,
  listened_from_ms: NOW - 1440 * MINUTE,
  awaited: true,
  ...rest,
});
const OTHER = { collector: "json_udp@[::]:6343", observation_domain: null };
const PART = {
  address: "192.0.2.1",
  observation_domain: 0,
  collector: "netflow_udp@[::]:2055",
};

// deno-fmt-ignore
const CASES: readonly [title: string, streams: Stream[], exporters: string[], parts: unknown[]][] = [
  ["all are heard", [stream({}), stream(OTHER)], [], []],
  ["two minutes are no silence", [stream({ heard: 2 }), stream(OTHER)], [], []],
  ["nothing of an address is heard", [stream({ heard: 3 }), stream({ ...OTHER, heard: 4 })], ["192.0.2.1"], []],
  ["one address of two", [stream({ heard: 3 }), stream({ address: "192.0.2.2" })], ["192.0.2.1"], []],
  ["one collector of an address", [stream({ heard: 3 }), stream(OTHER)], [], [PART]],
  ["one domain of an address", [stream({ heard: 3 }), stream({ observation_domain: 7 })], [], [PART]],
  ["another format since", [stream({ heard: 3 }), stream({ observation_domain: 7, began: 3 })], [], []],
  ["another format that began just before", [stream({ heard: 3 }), stream({ ...OTHER, began: 4 })], [], []],
  ["what began since fell silent too", [stream({ heard: 30 }), stream({ ...OTHER, began: 30, heard: 3 }), stream({ observation_domain: 7 })], [], [{ ...PART, ...OTHER }]],
  ["of another address another format", [stream({ heard: 3 }), stream(OTHER), stream({ address: "192.0.2.2", began: 2 })], [], [PART]],
  ["a part that was heard for a moment", [stream({ began: 11.5, heard: 10 }), stream(OTHER)], [], [PART]],
  ["a part that ended soon after both began", [stream({ began: 10, heard: 9 }), stream({ ...OTHER, began: 10 })], [], [PART]],
  ["a part of which one datagram came as both began", [stream({ began: 10, heard: 10 }), stream({ ...OTHER, began: 10 })], [], [PART]],
  ["a moment's part, another format since", [stream({ began: 10, heard: 9 }), stream({ ...OTHER, began: 9.2 })], [], []],
  ["what began long after it ended", [stream({ heard: 50 }), stream({ ...OTHER, began: 47.9 })], [], [PART]],
  ["two parts, one that began since", [stream({ heard: 20 }), stream({ observation_domain: 7, heard: 20 }), stream({ ...OTHER, began: 19 })], [], [{ ...PART, observation_domain: 7 }]],
  ["two parts, two that began since", [stream({ heard: 20 }), stream({ observation_domain: 7, heard: 21 }), stream({ ...OTHER, began: 20 }), stream({ ...OTHER, observation_domain: 1, began: 22.5 })], [], []],
  ["what replaced a part that is forgotten", [stream({ began: 90, heard: 60.5 }), stream({ observation_domain: 7, began: 90, heard: 59.5 }), stream({ ...OTHER, began: 60 })], [], [{ ...PART, observation_domain: 7 }]],
  ["a part that is forgotten", [stream({ heard: 60 }), stream(OTHER)], [], []],
  ["an address that is forgotten", [stream({ heard: 60 })], [], []],
];

for (const [title, streams, exporters, parts] of CASES) {
  Deno.test(`silence: ${title}`, () => {
    assert.deepEqual(silence(streams, NOW), {
      silent_exporters: exporters,
      silence_severity: exporters.length > 0 ? "warning" : "info",
      silent_streams: parts,
    });
  });
}

Deno.test("silence: time in which a collector did not listen is none", () => {
  const restarted = stream({ heard: 30, unheard_since_ms: NOW - 2 * MINUTE });
  assert.deepEqual(silence([restarted], NOW).silent_exporters, []);
  const since = { ...restarted, unheard_since_ms: NOW - 2 * MINUTE - 1 };
  assert.deepEqual(silence([since], NOW).silent_exporters, ["192.0.2.1"]);
});

Deno.test("silence: whom a collector that was stopped knew for long is not new to another", () => {
  const guest = stream({ began: 12, heard: 10 });
  const before = stream({ ...OTHER, began: 600, heard: 30, awaited: false });
  assert.equal(silence([guest], NOW).silence_severity, "info");
  assert.equal(silence([guest, before], NOW).silence_severity, "warning");
  assert.deepEqual(silence([before], NOW).silent_exporters, []);
});

Deno.test("silence: who came new and left is a hint, beside one that was always there a warning", () => {
  const guest = stream({ address: "192.0.2.2", began: 12, heard: 10 });
  assert.equal(silence([guest], NOW).silence_severity, "info");
  assert.equal(silence([guest, stream({ heard: 3 })], NOW).silence_severity, "warning");
});

/** As `silence` has it, put plainly: the parts that nobody replaced. */
function plainlySilent(parts: readonly Stream[]): Stream[] {
  const free = parts.toSorted((a, b) => a.first_seen_ms - b.first_seen_ms);
  const silent = parts.filter(({ last_seen_ms }) => last_seen_ms < NOW - 2 * MINUTE);
  const replaced = new Set<Stream>();
  for (const ended of silent.toSorted((a, b) => a.last_seen_ms - b.last_seen_ms)) {
    const at = free.findIndex((part) => {
      const sinceBegin = part.first_seen_ms - ended.first_seen_ms;
      const sinceEnd = part.first_seen_ms - ended.last_seen_ms;
      return part !== ended && Math.abs(sinceEnd) <= 2 * MINUTE && sinceBegin > -sinceEnd;
    });
    if (at < 0) continue;
    free.splice(at, 1);
    replaced.add(ended);
  }
  return silent.filter((part) => !replaced.has(part) && part.last_seen_ms > NOW - 60 * MINUTE);
}

Deno.test("silence: whichever parts an address has, those are silent that none replaced", () => {
  let state = 1;
  const random = (most: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor(state / 2 ** 32 * most);
  };
  for (let round = 0; round < 500; round++) {
    // Steps of half a minute and few of them: many parts begin or end at one moment.
    const span = [8, 30, 150][round % 3];
    const parts = Array.from({ length: 1 + random(40) }, (_, domain) => {
      const heard = random(span) / 2;
      // A clock that was set back lets one end before it begins.
      return stream({ observation_domain: domain, heard, began: heard + (random(span) - 1) / 2 });
    });
    parts.push(stream({ observation_domain: 99 }));
    assert.deepEqual(
      silence(parts, NOW).silent_streams.map((part) => part.observation_domain),
      plainlySilent(parts).map((part) => part.observation_domain),
      `round ${round}`,
    );
  }
});

Deno.test("silence: twice the parts are looked at in about twice the time", () => {
  // What a forger of domains leaves behind: all of them may have replaced all others.
  const looks = (count: number) => {
    let reads = 0;
    const parts = Array.from({ length: count }, (_, domain): Stream => ({
      ...stream({ observation_domain: domain, began: 30, heard: 30 - domain / count }),
      get first_seen_ms() {
        reads++;
        return NOW - 30 * MINUTE + domain;
      },
    }));
    silence([...parts, stream({ observation_domain: -1 })], NOW);
    return reads / count;
  };
  const [few, many] = [looks(512), looks(4096)];
  assert.ok(many < 2 * few, `${few.toFixed(0)} and then ${many.toFixed(0)} looks at each part`);
});
