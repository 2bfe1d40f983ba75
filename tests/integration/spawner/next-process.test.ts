import { randomUUID } from "node:crypto";
import { PassThrough } from "node:stream";
import { afterEach, expect, test } from "vitest";
import { createLinuxProcessTable } from "../../../lib/adapters/process-table/linux-process-table.ts";
import { passThrough } from "../../../lib/adapters/spawner/pass-through.ts";
import { createSpawner } from "../../../lib/adapters/spawner/spawner.ts";
import type { RunId } from "../../../lib/domain/ids.ts";
import type { ChildProcessHandle } from "../../../lib/ports/spawner.ts";
import { eventually } from "../../support/eventually.ts";
import { signal } from "../../support/processes/signal.ts";

/*
 * The next process of a run carries the same run id and enters the same network: whoever still looked for leftovers of the
 * process before would kill it. The tests say what is found, and count who looks.
 */

/** Above the largest pid that Linux gives: a signal to it hits nobody. */
const nobody = 2 ** 22 + 1;
let looks = 0;
let found: readonly number[] = [];
const started: ChildProcessHandle[] = [];
const sink = new PassThrough().resume();
const spawner = createSpawner({
  processTable: {
    ...createLinuxProcessTable(),
    look: undefined,
    inGroup: () => [],
    withRunId: () => {
      looks += 1;
      return found;
    },
  },
});

async function start(command: readonly string[]): Promise<ChildProcessHandle> {
  const child = await spawner.spawn({
    runId: randomUUID() as RunId,
    command,
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
    tty: false,
    logFile: undefined,
    output: passThrough({ stdout: sink, stderr: sink }),
    tier: { tier: "direct" },
  });
  started.push(child);
  return child;
}

afterEach(async () => {
  found = [];
  for (const child of started.splice(0)) await child.ended;
});

test.each(["kill", "stop"] as const)(
  "nobody looks for leftovers of a child after its %s is over, even when its end is told later or it is to be killed again",
  async (how) => {
    const child = await start(["sleep", "600"]);
    await (how === "kill" ? child.kill() : child.stop({ signal: "TERM", graceMs: 1_000 }));
    const before = looks;
    killIfThere(child.pid);
    await child.ended;
    await child.kill();
    expect(looks).toBe(before);
  },
);

// Where the kernel keeps a group of the run, the child is found there and is dead already.
function killIfThere(pid: number): void {
  try {
    signal(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

test("a kill is over only when the leftovers of a child that ended by itself are no longer looked for either", async () => {
  found = [nobody];
  const before = looks;
  const child = await start(["true"]);
  // By then it looks ten times a second, and the kill below far more often.
  await eventually(
    () => looks - before,
    (count) => count >= 9,
  );
  const killed = child.kill();
  found = [];
  await killed;
  const after = looks;
  await child.ended;
  expect(looks).toBe(after);
});
