import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { RunningLaunch } from "../../lab/launch-command.ts";
import type { Stage } from "../../lab/stage.ts";
import { defaultsYaml, e2eStage, ok } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";
import { type MemoryGroup, makeMemoryGroup, whyNoMemoryGroup } from "../../support/hosts/memory-group.ts";

const why = whyNoMemoryGroup();
const limit = 64 * 2 ** 20;

// The first one takes all of its memory at once, faster than any launcher can look, while a helper of its own sleeps in another session.
const eats = `
const { existsSync, readFileSync, writeFileSync } = require("node:fs");
const { spawn } = require("node:child_process");
if (existsSync("first")) setInterval(() => {}, 1e3);
else {
  const wait = setInterval(() => {
    if (!/launch-[0-9a-f]{8}-/.test(readFileSync("/proc/self/cgroup", "utf8"))) return;
    const inGroup = spawn("sleep", ["1000"], { detached: true, stdio: "ignore", env: {} });
    clearInterval(wait);
    writeFileSync("first", String(inGroup.pid));
    Buffer.alloc(2 ** 29, 1);
  }, 1);
}
`;

let stage: Stage;
let group: MemoryGroup;
let launcher: RunningLaunch;

interface Unit {
  readonly unit: string;
  readonly memory_limit_bytes: number;
  readonly kernel_ends_past_bytes: number | null;
  readonly last_restart_cause: string | null;
  readonly run_id: string;
  readonly restarts: number;
}

async function statusOf(name: string): Promise<Unit | undefined> {
  const { units } = JSON.parse(await ok(stage, ["status", name, "--json"])) as { units: Unit[] };
  return units[0];
}

// A screen breaks its lines where it is full.
function wordsOf(screen: string): string {
  return screen.replaceAll(/\s+/g, " ");
}

describe.skipIf(why !== undefined)(`a group of the kernel that limits memory${why ?? ""}`, () => {
  beforeAll(async () => {
    const idle = `command: [${JSON.stringify(process.execPath)}, -e, "setInterval(() => {}, 1e3)"]`;
    const hungry = `command: [${JSON.stringify(process.execPath)}, -e, ${JSON.stringify(eats)}]`;
    const units = `hungry: { ${hungry}, memory_limit: 64MiB }, calm: { ${idle}, memory_limit: 64MiB }`;
    stage = await e2eStage({
      proxies: { "fra-1": "http" },
      yaml: (place) => defaultsYaml(place).replace("collectors: {", `collectors: { ${units},`),
    });
    // The database starts apart from the launchers.
    await ok(stage, ["ps"]);
  });
  afterAll(() => stage.close());
  beforeEach(({ task }) => {
    group = makeMemoryGroup(task.id);
  });
  afterEach(async () => {
    await launcher.end();
    await group.remove();
  });

  test("what eats its memory faster than a launcher looks is ended as a whole, told, and started anew", async () => {
    launcher = stage.start(["collector", "hungry"], { front: group.front() });
    await launcher.line(/was ended by the kernel past its memory_limit \(more than 84 MB\)/);
    const status = await eventually(
      () => statusOf("hungry"),
      (unit) => unit?.kernel_ends_past_bytes === limit * 1.25 && unit.restarts === 1,
      30_000,
      200,
    );
    expect(status).toMatchObject({ memory_limit_bytes: limit, last_restart_cause: "memory" });
    const helper = Number(readFileSync(join(stage.folder, "first"), "utf8"));
    expect(existsSync(`/proc/${helper}`)).toBe(false);
    const file = (name: string) =>
      readFileSync(join(group.path, `launch-${status?.run_id}`, name), "utf8").trim();
    expect([file("memory.max"), file("memory.oom.group")]).toEqual([`${limit * 1.25}`, "1"]);
    expect(wordsOf(await ok(stage, ["status", "hungry"]))).toContain("ended by the kernel past 84 MB");
    expect(await ok(stage, ["events", "--json"])).toMatch(
      /hungry was ended by the kernel past its memory_limit/,
    );
  });

  test("where a stranger is in the launcher's own group, memory is only measured, and that is said", async () => {
    launcher = stage.start(["collector", "calm"], { front: group.front({ hasStranger: true }) });
    await launcher.line(/calm: direct/);
    const status = await statusOf("calm");
    expect(status).toMatchObject({ memory_limit_bytes: limit, kernel_ends_past_bytes: null });
    expect(wordsOf(await ok(stage, ["status", "calm"]))).toContain("the kernel does not limit it here");
    expect(existsSync(join(group.path, "launch-own"))).toBe(false);
  });
});
