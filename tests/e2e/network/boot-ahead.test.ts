import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLinuxProcessTable } from "../../../lib/adapters/process-table/linux-process-table.ts";
import type { Fault } from "../../lab/front.ts";
import type { Stage } from "../../lab/stage.ts";
import { addAccount, e2eStage, proxyOf, readyOn } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";

/* A bot's Node is started while its exit is sought, and waits in our preload: none of the bot's own code runs before its exit is proven and taken. */

const table = createLinuxProcessTable();
let stage: Stage;
let program: string;
let marker: string;

beforeAll(async () => {
  stage = await e2eStage({ proxies: { "fra-1": "http" } });
  await addAccount(stage, "alice", ["fra-1"]);
  program = join(stage.folder, "marks.mjs");
  marker = join(stage.folder, "ran");
  const code = `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(marker)}, ""); setInterval(() => {}, 1000);`;
  writeFileSync(program, code);
});
afterAll(() => stage.close());

function start(tier: string) {
  return stage.start(["bot", "--account", "alice", "--isolation", tier, "--", process.execPath, program]);
}

const fault = (kind: Fault) => proxyOf(stage, "fra-1").process.order({ do: "fault", fault: kind });

/** The process that would run the bot's program, once it waits: its main thread reads the descriptor behind its streams. */
async function waiting(): Promise<number> {
  const found = () => readdirSync("/proc").filter((name) => /^\d+$/.test(name) && isWaiting(Number(name)));
  const [pid] = await eventually(found, (pids) => pids.length > 0, 10_000, 20);
  return Number(pid);
}

// On x64 and arm64: read is 0 and 63; its first argument is the descriptor.
function isWaiting(pid: number): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return words[1] === program && /^(0|63) 0x3 /.test(readFileSync(`/proc/${pid}/syscall`, "utf8"));
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<void> {
  await eventually(
    () => table.startTicks(pid),
    (ticks) => ticks === undefined,
  );
}

describe.each(["preload", "kernel"])("in the %s tier", (tier) => {
  test("a bot's Node waits while its proxy is asked, and runs the bot once its exit is proven", async () => {
    rmSync(marker, { force: true });
    await fault({ kind: "slow", delayMs: 500 });
    const launcher = start(tier);
    await waiting();
    expect(existsSync(marker)).toBe(false);
    await readyOn(stage, launcher, "fra-1");
    await eventually(
      () => existsSync(marker),
      (isThere) => isThere,
    );
    launcher.signal("SIGTERM");
    expect(await launcher.ended).toBe(0);
    await fault({ kind: "none" });
  });

  test.each(["SIGTERM", "SIGKILL"] as const)(
    "%s while it waits ends it, and the bot never ran",
    async (name) => {
      rmSync(marker, { force: true });
      await fault({ kind: "hang" });
      const launcher = start(tier);
      const pid = await waiting();
      launcher.signal(name);
      await launcher.ended;
      await gone(pid);
      expect(existsSync(marker)).toBe(false);
      await fault({ kind: "none" });
    },
  );
});
