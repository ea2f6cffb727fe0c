import assert from "node:assert/strict";
import { builtInCapabilities } from "../capabilities/registry.ts";
import { EXPORT_FORMATS, FLOW_FIELDS } from "../core/flow/schema.ts";
import { DROP_REASONS } from "../core/wire/wire_error.ts";
import { ARRIVAL_MS, CodecHarness, countByCode, SOURCE } from "./support/codec_harness.ts";
import { heapUsed } from "./support/heap.ts";
import { Random } from "./support/random.ts";

// What every capability has to keep, whatever its protocol.

// The public surface (CONTRACT: default ports).
const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  json_udp: 6343,
  sflow_udp: 6343,
  netflow_udp: 2055,
  jflow_udp: 2055,
  ipfix_udp: 4739,
};

Deno.test("no two capabilities share a name", () => {
  const names = builtInCapabilities.map(({ name }) => name);
  assert.ok(names.length >= 2);
  assert.equal(new Set(names).size, names.length);
});

for (const capability of builtInCapabilities) {
  const { name } = capability;

  Deno.test(`${name}: says what it is`, () => {
    assert.match(name, /^[a-z][a-z0-9]*(_[a-z0-9]+)*_udp$/);
    assert.ok(capability.description.length >= 20 && capability.description.length <= 250);
    assert.doesNotMatch(capability.description, /^\s|\s$|\.$|[\n\r]/);
    assert.equal(capability.defaultPort, DEFAULT_PORTS[name]);
    assert.ok(capability.formats.length > 0);
    assert.equal(new Set(capability.formats).size, capability.formats.length);
    for (const format of capability.formats) assert.ok(EXPORT_FORMATS.includes(format), format);
  });

  Deno.test(`${name}: an empty datagram is counted as such, and nothing else happens`, () => {
    const harness = new CodecHarness(capability);
    const { records, errors } = harness.decode(new Uint8Array(0));
    assert.deepEqual(records, []);
    assert.deepEqual(countByCode(errors), { empty_datagram: 1 });
  });

  Deno.test(`${name}: every datagram of one octet is refused with a reason`, () => {
    const harness = new CodecHarness(capability);
    for (let octet = 0; octet < 256; octet++) {
      const { records, errors } = harness.decode(Uint8Array.of(octet));
      assert.deepEqual(records, [], `octet ${octet}`);
      assert.equal(errors.length, 1, `octet ${octet}`);
      checkErrors(errors, 1);
    }
  });

  Deno.test(`${name}: 200 datagrams of random octets cost a reason each, and no memory`, () => {
    const random = new Random(200);
    const harness = new CodecHarness(capability, { rows: 1024 });
    const round = () => {
      for (let i = 0; i < 200; i++) {
        const octets = random.bytes(65_507);
        const { records, errors } = harness.decode(octets);
        assert.deepEqual(records, []);
        assert.ok(errors.length > 0 && errors.length <= DROP_REASONS.length);
        checkErrors(errors, octets.length);
      }
    };
    round();
    const before = heapUsed();
    round();
    const grown = heapUsed() - before;
    // Kept, 200 datagrams would be 13 MB.
    assert.ok(grown < 1e6, `the heap grew by ${grown} octets`);
    assert.equal(harness.ring.committed, 0, "no row came of rubbish");
    assert.equal(harness.dictionary.size, 0, "no string came of rubbish");
    assert.ok(harness.exporters.size <= 1);
  });

  Deno.test(`${name}: random octets behind a good beginning throw nothing and stay bounded`, () => {
    const random = new Random(65_507);
    const harness = new CodecHarness(capability, { rows: 65_536 });
    const beginnings = [[0, 5], [0, 9], [0, 10], [0, 0, 0, 5], [0x7b], [0x5b, 0x7b, 0x22]];
    for (let i = 0; i < 200; i++) {
      const octets = random.bytes(random.below(4000) + 4);
      octets.set(random.pick(beginnings));
      const { records, errors } = harness.decode(octets);
      checkErrors(errors, octets.length);
      // No format packs a flow into less than an octet.
      assert.ok(records.length <= octets.length);
      for (const record of records) {
        assert.deepEqual(Object.keys(record), FLOW_FIELDS.map((field) => field.name));
        assert.equal(record.capability, name);
        assert.equal(record.exporter, SOURCE.address);
        assert.ok(
          (capability.formats as readonly (string | null)[]).includes(record.export_format),
        );
        assert.equal(record.received_at, new Date(ARRIVAL_MS).toISOString());
        assert.notEqual(record.sampling_source, null);
      }
    }
  });

  Deno.test(`${name}: recognises nothing in an empty datagram`, () => {
    assert.equal(capability.recognises(new Uint8Array(0)), false);
  });

  Deno.test(`${name}: two collectors share nothing`, () => {
    const one = new CodecHarness(capability);
    const two = new CodecHarness(capability);
    one.decode(Uint8Array.of(1));
    const { errors } = two.decode(new Uint8Array(0));
    assert.deepEqual(countByCode(errors), { empty_datagram: 1 });
  });
}

function checkErrors(
  errors: readonly {
    code: string;
    count: number;
    offset: number;
    found: string;
    expected: string;
  }[],
  length: number,
): void {
  const text = (value: string) => value.length > 0 && value.length < 500;
  for (const { code, count, offset, found, expected } of errors) {
    assert.ok((DROP_REASONS as readonly string[]).includes(code), code);
    assert.notEqual(code, "decoder_fault");
    assert.ok(Number.isInteger(count) && count > 0, `${code}: ${count}`);
    assert.ok(Number.isInteger(offset) && offset >= 0 && offset <= length, `${code} at ${offset}`);
    assert.ok(text(found) && text(expected), `${found} / ${expected}`);
  }
}
