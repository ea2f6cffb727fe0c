import assert from "node:assert/strict";
import {
  CollectorHouse,
  PROBE,
  PROBE_FOLDER,
  PROBE_WORKER,
  recordsOf,
} from "../../tests/support/collector_house.ts";
import { sendUdp } from "../../tests/support/udp.ts";
import { until } from "../../tests/support/until.ts";
import type { Collector } from "./collector.ts";

const OUTSIDE = new URL("../../tests/support/capabilities/outside.ts", import.meta.url);
const INSIDE = `${PROBE_FOLDER}mod.ts`;

/** Things that this process may do and can: only permissions stand between them and a worker. */
interface World {
  folder: string;
  /** TCP port with an HTTP server behind it. */
  tcp: number;
  /** UDP port that counts what comes. */
  udp: Deno.DatagramConn;
}

async function inWorld(run: (world: World) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("reached"),
  );
  const udp = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  try {
    await run({ folder, tcp: server.addr.port, udp });
  } finally {
    udp.close();
    await server.shutdown();
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Has the probe try things, one after another; what came of each. */
async function attempt(collector: Collector, attempts: readonly string[]): Promise<string[]> {
  for (const [i, text] of attempts.entries()) {
    await sendUdp(collector.port, text);
    await until(text, () => recordsOf(collector).length === i + 1 || undefined);
  }
  return recordsOf(collector).map(({ application }) => application!);
}

function attemptsOn({ folder, tcp, udp }: World, collector: Collector): string[] {
  return [
    "early",
    `read ${OUTSIDE.pathname}`,
    "env PATH",
    `write ${folder}/written`,
    `write ${PROBE_FOLDER}written`,
    `run ${Deno.execPath()}`,
    "sys",
    `ffi ${folder}/library.so`,
    `fetch http://127.0.0.1:${tcp}/`,
    `connect ${tcp}`,
    `send ${(udp.addr as Deno.NetAddr).port}`,
    "listen 0",
    `listen ${collector.port}`,
    `import ${OUTSIDE.href}`,
    `import http://127.0.0.1:${tcp}/remote.ts`,
    `worker ${OUTSIDE.href}`,
  ];
}

const REFUSALS = [
  "early NotCapable net",
  "read NotCapable read",
  "env NotCapable env",
  "write NotCapable write",
  "write NotCapable write",
  "run NotCapable run",
  "sys NotCapable sys",
  "ffi NotCapable ffi",
  "fetch NotCapable net",
  "connect NotCapable net",
  "send NotCapable net",
  "listen NotCapable net",
  "listen NotCapable net",
  "import TypeError read",
  "import TypeError import",
  "worker NotCapable Can't escalate parent thread permissions",
];

for (const port of ["0", "given"] as const) {
  Deno.test(`a capability from a path reads its folder and nothing else (port ${port})`, async () => {
    await using house = new CollectorHouse({ capabilities: [PROBE] });
    const { collector } = await house.collectors.start("probe", { port: 0 });
    if (port === "given") {
      await collector.stop();
      await collector.start();
    }
    await inWorld(async (world) => {
      const attempts = attemptsOn(world, collector);
      const outcomes = await attempt(collector, [...attempts, `read ${INSIDE}`]);
      assert.deepEqual(outcomes, [...REFUSALS, "read done"]);
      assert.deepEqual([...Deno.readDirSync(world.folder)], []);
    });
    assert.deepEqual(collector.status().permissions, [
      `net=127.0.0.1:${collector.port}`,
      `read=${PROBE_FOLDER}`,
    ]);
    assert.equal(collector.status().restarts, 0);
  });
}

Deno.test("a built-in capability reads nothing at all", async () => {
  await using house = new CollectorHouse({
    capabilities: [{ ...PROBE, readable: [] }],
    workerUrl: PROBE_WORKER,
  });
  const { collector } = await house.collectors.start("probe", { port: 0 });
  await inWorld(async (world) => {
    const outcomes = await attempt(collector, [
      ...attemptsOn(world, collector),
      `read ${INSIDE}`,
    ]);
    assert.deepEqual(outcomes, [...REFUSALS, "read NotCapable read"]);
  });
  assert.deepEqual(collector.status().permissions, [`net=127.0.0.1:${collector.port}`]);
});

Deno.test("this process may do all that, so that it is the worker that is refused", async () => {
  await inWorld(async ({ folder, tcp, udp }) => {
    assert.match(Deno.readTextFileSync(OUTSIDE), /outside/);
    assert.ok(Deno.env.get("PATH"));
    Deno.writeTextFileSync(`${folder}/written`, "written");
    assert.ok(new Deno.Command(Deno.execPath(), { args: ["--version"] }).outputSync().success);
    assert.equal(await (await fetch(`http://127.0.0.1:${tcp}/`)).text(), "reached");
    await sendUdp((udp.addr as Deno.NetAddr).port, "x");
    assert.equal((await udp.receive())[0].length, 1);
  });
});
