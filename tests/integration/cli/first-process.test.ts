import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Stage } from "../../lab/stage.ts";
import { e2eStage, ok } from "../../support/e2e-stage.ts";
import { signal } from "../../support/processes/signal.ts";

const bin = fileURLToPath(new URL("../../../bin/launch", import.meta.url));
const isRoot = process.getuid?.() === 0;
const asFirst = ["unshare", ...(isRoot ? [] : ["--map-root-user"]), "--pid", "--fork", "--mount-proc"];

let stage: Stage;
beforeAll(async () => {
  stage = await e2eStage({ proxies: {} });
  // Who is root only in a namespace cannot start the database, for which root has to become another user.
  await ok(stage, ["ps"]);
});
afterAll(() => stage.close());

/** A collector of a launcher that is the first process of a pid namespace, as in a container. */
function firstProcess(script: string) {
  const [file, ...args] = [...asFirst, bin, "collector", "orphans", "--restart", "never", "--"];
  const { cwd, env } = { cwd: stage.folder, env: stage.env };
  const child = spawn(file, [...args, "sh", "-c", script], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, ended: once(child, "close"), nextLine: async () => String((await lines.next()).value) };
}

test("the launcher as first process of a container collects the orphans of what it runs, and passes its status on", async () => {
  // Ends when nothing of the orphans is left, zombies included.
  const orphans = 'for i in 1 2 3; do (sh -c "exec sleep 0.1" & ); done';
  const left = 'while [ -n "$(ps -o pid= -C sleep)" ]; do :; done';
  const { ended } = firstProcess(`${orphans}; ${left}; exit 7`);
  const [status] = await ended;
  expect(status).toBe(7);
});

test("a signal to the first process stops the launcher in order", async () => {
  const { child, ended, nextLine } = firstProcess("trap 'echo bye; exit 0' TERM; echo up; sleep 600 & wait");
  expect(await nextLine()).toMatch(/^up/);
  const { pid = 0 } = child;
  const inner = spawn("pgrep", ["-P", String(pid)]);
  const [first] = (await once(inner.stdout, "data")) as [Buffer];
  signal(Number(first.toString().trim()), "SIGTERM");
  expect(await nextLine()).toBe("bye");
  expect((await ended)[0]).toBe(0);
});
