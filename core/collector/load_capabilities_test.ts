import assert from "node:assert/strict";
import { builtInCapabilities } from "../../capabilities/registry.ts";
import { CapabilityError, loadCapabilities } from "./load_capabilities.ts";

const FOLDER = new URL("../../tests/support/capabilities/", import.meta.url);

const BUILT_IN = builtInCapabilities.map(({ name }) => name);

function load(list: string | undefined) {
  return loadCapabilities(list, { builtIn: builtInCapabilities, folder: FOLDER });
}

async function names(list: string | undefined): Promise<string[]> {
  return (await load(list)).map(({ capability }) => capability.name);
}

Deno.test("without a list all built-in capabilities are loaded", async () => {
  assert.deepEqual(await names(undefined), BUILT_IN);
  assert.deepEqual(await names(""), BUILT_IN);
});

Deno.test("built-in names and names of the first implementation give the built-in ones", async () => {
  assert.deepEqual(await names('["netflow_udp"]'), ["netflow_udp"]);
  const [loaded] = await load(
    '["flow_agent_mcp.capabilities.json_udp.capability:build_capability"]',
  );
  assert.equal(loaded.capability, builtInCapabilities.find(({ name }) => name === "json_udp"));
  assert.deepEqual([loaded.source, loaded.readable], ["json_udp", []]);
});

Deno.test("a path gives what its buildCapability() builds, and its folder to read", async () => {
  const paths = [
    "./probe/mod.ts",
    new URL("./probe/mod.ts", FOLDER).pathname,
    new URL("./probe/mod.ts", FOLDER).href,
  ];
  for (const path of paths) {
    const [loaded] = await load(JSON.stringify([path]));
    assert.equal(loaded.capability.name, "probe");
    assert.equal(loaded.source, new URL("./probe/mod.ts", FOLDER).href);
    assert.deepEqual(loaded.readable, [new URL("./probe/", FOLDER).pathname]);
  }
  assert.deepEqual(await names('["json_udp", "./probe/mod.ts"]'), ["json_udp", "probe"]);
});

Deno.test("a folder whose name has a space is read under that name", async () => {
  const [loaded] = await load('["./a%20folder/mod.ts"]');
  assert.deepEqual(loaded.readable, [`${FOLDER.pathname}a folder/`]);
});

const REFUSED: readonly [string, string, RegExp][] = [
  [
    "an unknown name",
    '["netflow"]',
    new RegExp(`names "netflow", .*known are ${BUILT_IN.join(", ")}, and paths`),
  ],
  [
    "an unknown name of the first implementation",
    '["flow_agent_mcp.capabilities.x_udp.capability:build_capability"]',
    new RegExp(`x_udp.*known are ${BUILT_IN.join(", ")}`),
  ],
  ["a name twice", '["json_udp","json_udp"]', /names "json_udp" twice; leave one out/],
  [
    "a name twice, in two forms",
    '["json_udp","flow_agent_mcp.capabilities.json_udp.capability:build_capability"]',
    /names "json_udp" twice/,
  ],
  [
    "what is no JSON",
    "json_udp,netflow_udp",
    /not a JSON list of strings: json_udp,.*write it as \[/,
  ],
  ["JSON that is no list", '{"json_udp":true}', /not a JSON list of strings/],
  ["a list of other things", "[1]", /not a JSON list of strings/],
  [
    "a module that is not there",
    '["./nowhere.ts"]',
    /cannot load the capability \.\/nowhere\.ts: /,
  ],
  [
    "a module that fails",
    '["./broken.ts"]',
    /cannot load the capability \.\/broken\.ts: no table/,
  ],
  [
    "a module without buildCapability",
    '["./outside.ts"]',
    /outside\.ts: .*buildCapability.*; the module has to export buildCapability\(\)/,
  ],
  [
    "a capability that lacks something",
    '["./incomplete.ts"]',
    /buildCapability\(\) returned an object with name, description, wanted .*buildCodec/,
  ],
  ["a module from the network", '["https://127.0.0.1/mod.ts"]', /is no file; give a path/],
  ["a module in a URL", '["data:text/javascript,export"]', /is no file; give a path/],
];

for (const [title, list, message] of REFUSED) {
  Deno.test(`loadCapabilities() refuses ${title}`, async () => {
    await assert.rejects(load(list), (error: Error) => {
      assert.ok(error instanceof CapabilityError, String(error));
      assert.match(error.message, message);
      return true;
    });
  });
}
