import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { parseEnv } from "node:util";
import { builtInCapabilities } from "../capabilities/registry.ts";
import { agent } from "../core/cli/agent.ts";
import { capture } from "../core/cli/capture.ts";
import { config } from "../core/cli/config.ts";
import { decode } from "../core/cli/decode.ts";
import { demo } from "../core/cli/demo.ts";
import { doctor } from "../core/cli/doctor.ts";
import { exportCommand } from "../core/cli/export.ts";
import { importCommand } from "../core/cli/import.ts";
import { replay } from "../core/cli/replay.ts";
import { send } from "../core/cli/send.ts";
import { serve } from "../core/cli/serve.ts";
import { loadConfig } from "../core/config/load_config.ts";
import { generateDocs } from "../scripts/generate_docs.ts";

const ROOT = new URL("../", import.meta.url);

function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/** Every Markdown page that users read. */
function pages(): string[] {
  const found = ["README.md", "CHANGELOG.md"];
  for (const folder of ["docs/", "docs/adr/", "docs/benchmarks/"]) {
    for (const { name } of Deno.readDirSync(new URL(folder, ROOT))) {
      if (name.endsWith(".md")) found.push(`${folder}${name}`);
    }
  }
  return found;
}

Deno.test("the generated parts of the documentation say what the code says", () => {
  for (const [path, text] of generateDocs(read)) {
    assert.equal(read(path), text, `${path} is stale: run "deno task docs"`);
  }
});

Deno.test("docs/.env.example holds the defaults, as --env-file reads them", () => {
  const text = read("docs/.env.example").replace(/^# (\w+=)/gm, "$1");
  const variables = parseEnv(text);
  const defaults = loadConfig({ environment: () => undefined });
  assert.deepEqual(loadConfig({ environment: (name) => variables[name] }), defaults);
  assert.deepEqual(
    JSON.parse(variables.FLOW_CAPABILITIES!),
    builtInCapabilities.map(({ name }) => name),
  );
});

Deno.test("links between pages lead to files that are there", () => {
  for (const page of pages()) {
    for (const [, target] of read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)) {
      assert.ok(existsSync(new URL(target, new URL(page, ROOT))), `${page} links to ${target}`);
    }
  }
});

Deno.test("the README's demo shows every built-in capability, its code map every folder of core", () => {
  const readme = read("README.md");
  for (const { name } of builtInCapabilities) {
    assert.match(readme, new RegExp(`^  ${name}  UDP .*  stopped$`, "m"), name);
  }
  for (const { name, isDirectory } of Deno.readDirSync(new URL("core/", ROOT))) {
    if (isDirectory) assert.ok(readme.includes(`\n| \`core/${name}/\` `), name);
  }
});

Deno.test("the tasks that pages name are in deno.json", () => {
  const tasks = Object.keys(JSON.parse(read("deno.json")).tasks);
  for (const page of pages()) {
    for (const [, task] of read(page).matchAll(/deno(?:@[\d.]+)? task (?:--quiet )?([a-z:]+)/g)) {
      assert.ok(tasks.includes(task), `${page} names the task ${task}; there are ${tasks.join()}`);
    }
  }
});

Deno.test("docs/cli.md names every option as the help of its command does", () => {
  const sections = new Map(
    read("docs/cli.md").split(/^## /m).map((section) => [section.split("\n")[0], section]),
  );
  for (
    const { name, summary, options } of [
      serve,
      agent,
      send,
      decode,
      capture,
      replay,
      exportCommand,
      importCommand,
      doctor,
      config,
      demo,
    ]
  ) {
    const section = sections.get(name);
    assert.ok(
      section !== undefined && section.includes(summary),
      `docs/cli.md has no help of ${name}`,
    );
    for (const [option, { description }] of Object.entries(options)) {
      const line = section.split("\n").find((line) => line.trim().startsWith(`--${option}`));
      assert.ok(line?.includes(description), `docs/cli.md: ${name} --${option}: ${description}`);
    }
  }
});
