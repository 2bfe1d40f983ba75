import { chmodSync, copyFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  forEachPrivilege,
  type IsolationRig,
  isRoot,
  openIsolationRig,
  type TestLauncher,
} from "../../integration/isolation/isolation-rig.ts";

// The C library complains of it in every program that gets it, before the program begins.
const library = "/nonexistent/library.so";

let rig: IsolationRig;
beforeEach(() => {
  rig = openIsolationRig();
});
afterEach(() => rig.close());

forEachPrivilege((privilege) => {
  test(`a library that a bot of a ${privilege} launcher loads is not loaded on the way into its network`, async () => {
    await expectLoadedInside(await rig.launcher(privilege));
  });
});

test("root does not load a library of a bot with a user of its own", async (context) => {
  if (!isRoot) return context.skip("NOT TESTED: run_as needs root.");
  await expectLoadedInside(await rig.launcher("root", { runAs: "nobody" }));
});

async function expectLoadedInside(launcher: TestLauncher): Promise<void> {
  // Nor is a path with a sign in it taken for a variable.
  const program = join(launcher.folder, "a=b");
  copyFileSync("/usr/bin/printenv", program);
  chmodSync(program, 0o755);
  const { end } = await launcher.start([program, "LD_PRELOAD"], { env: { LD_PRELOAD: library } });
  expect(await end).toMatchObject({ code: 0 });
  const lines = launcher.output().trim().split("\n");
  // The bot, and the program that becomes it: both are the bot's user already, and in its network.
  expect(lines.filter((line) => line.includes("cannot be preloaded"))).toHaveLength(2);
  expect(lines).toContain(library);
}
