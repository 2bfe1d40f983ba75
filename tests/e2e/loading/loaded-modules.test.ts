import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Stage } from "../../lab/stage.ts";
import { e2eStage, ok } from "../../support/e2e-stage.ts";

const hook = fileURLToPath(new URL("../../fixtures/hooks/writes-loaded-modules.cjs", import.meta.url));

const ofPs = [
  "crypto",
  "diagnostics_channel",
  "fs/promises",
  "inspector",
  "net",
  "os",
  "process",
  "stream",
  "stream/promises",
  "string_decoder",
  "tty",
  "util/types",
  "vm",
  "worker_threads",
].sort();
/** To start a process and to listen, and what the launcher's own flags come from. */
const ofCollector = ["child_process", "cluster", "dgram", "dns", "perf_hooks", "timers/promises", "v8"];

let stage: Stage;
beforeAll(async () => {
  stage = await e2eStage({
    proxies: {},
    yaml: () => 'collectors: { funding: { command: [sh, -c, "echo here; exec sleep 1000"] } }',
  });
  await ok(stage, ["init"]);
  // Starts the database, for which more is loaded.
  await ok(stage, ["ps"]);
});
afterAll(() => stage.close());

function loadedBy(pid: number, record: string): readonly string[] {
  const line = readFileSync(record, "utf8")
    .split("\n")
    .find((each) => each.startsWith(`${pid} `));
  return line?.trim().split(" ").slice(1) ?? [];
}

function recorded(name: string) {
  const record = join(stage.folder, name);
  return { record, env: { NODE_OPTIONS: `--require=${hook}`, LOADED_MODULES: record } };
}

// Another Node has other modules within its own.
describe.skipIf(!process.version.startsWith("v20."))(
  "of Node's modules, which take milliseconds each,",
  () => {
    test.each([
      [["--version"], ["os", "vm"]],
      [["--help"], ["os", "vm"]],
      [["ps"], ofPs],
    ] as const)("launch %s loads no more than it uses", async (words, expected) => {
      const { record, env } = recorded(`loaded-${words.join("-")}`);
      const command = stage.start(words, { env });
      expect(await command.ended).toBe(0);
      expect(loadedBy(command.pid, record)).toEqual(expected);
    });

    test("a collector loads no more than it uses until it has ended", async () => {
      const { record, env } = recorded("loaded-collector");
      const collector = stage.start(["collector", "funding"], { env });
      await collector.line(/here/);
      collector.signal("SIGTERM");
      expect(await collector.ended).toBe(0);
      expect(loadedBy(collector.pid, record)).toEqual([...ofPs, ...ofCollector].sort());
    });
  },
);
