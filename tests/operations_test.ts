import assert from "node:assert/strict";
import { bufferCommand } from "../core/collector/receive_buffer_advice.ts";
import { programArgs, ROOT } from "./support/program.ts";

const UNIT = Deno.readTextFileSync(`${ROOT}docs/operations/flow-agent.service`);

/** The words of a directive, with what its lines go on with. */
function wordsOf(directive: string): string[] {
  const text = UNIT.replaceAll("\\\n", " ");
  const line = text.split("\n").find((line) => line.startsWith(`${directive}=`));
  assert.ok(line !== undefined, directive);
  return line.slice(directive.length + 1).split(/\s+/).filter(Boolean);
}

Deno.test("the sysctl file sets what doctor advises, and the unit loads it before it starts", () => {
  const file = Deno.readTextFileSync(`${ROOT}docs/operations/90-flow-agent.conf`);
  const [setting] = file.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  assert.equal(`sysctl -w ${setting.replaceAll(" ", "")}`, bufferCommand("linux", null));
  assert.equal(wordsOf("ExecStartPre").at(-1), "--load=/etc/sysctl.d/90-flow-agent.conf");
});

Deno.test("the unit runs serve with the flags of its task, and folders of its own", () => {
  const task = programArgs(["serve"]).filter((word) => !/^--allow-(read|write|env)=/.test(word));
  const unit = wordsOf("ExecStart");
  assert.deepEqual(task.filter((word) => !unit.includes(word)), []);
  const others = unit.filter((word) => word.startsWith("--allow-") && !task.includes(word));
  assert.deepEqual(others, [
    "--allow-read=/opt/flow-agent,/var/lib/flow-agent",
    "--allow-write=/var/lib/flow-agent",
    "--allow-env=FLOW_*,POLL_SECONDS",
  ]);
});

Deno.test({
  name: "systemd finds nothing wrong with the unit",
  ignore: Deno.build.os !== "linux" ||
    !await Deno.stat("/usr/bin/systemd-analyze").then(() => true, () => false),
  fn: async () => {
    const { stderr } = await new Deno.Command("systemd-analyze", {
      args: ["verify", `${ROOT}docs/operations/flow-agent.service`],
    }).output();
    const complaints = new TextDecoder().decode(stderr).split("\n")
      // What the unit runs need not be installed where the tests run.
      .filter((line) =>
        line.includes("flow-agent.service") && !/not executable|No such file/.test(line)
      );
    assert.deepEqual(complaints, []);
  },
});
