import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { builtFile } from "../../support/built.ts";
import { useLauncherStage } from "../lab/use-launcher-stage.ts";
import { startUpWindow, testStartUpWindow } from "./start-up-window.ts";
import { testUnderLoad, underLoad } from "./under-load.ts";

// The user whom every Linux knows; the embedded database wants one with a line in /etc/passwd.
const nobody = { uid: 65_534, gid: 65_534 };

const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";

if (process.getuid?.() === 0) {
  becomeNobody();
  const here = useLauncherStage(startUpWindow, ...(isFull ? [underLoad] : []));
  test("these tests run as nobody", () => {
    expect([process.getuid?.(), process.geteuid?.(), process.getgroups?.()]).toEqual([
      nobody.uid,
      nobody.uid,
      [nobody.gid],
    ]);
  });
  testStartUpWindow(here);
  if (isFull) testUnderLoad(here);
} else {
  test("whoever is not root has tried all this in the other files already", () => {
    expect(process.getuid?.()).toBeGreaterThan(0);
  });
}

/** Gives up root for good: each test file has a process of its own, and everything started from it follows. */
function becomeNobody(): void {
  const reach = spawnSync(process.execPath, ["--check", builtFile("lib/cli/main.js")], {
    ...nobody,
    cwd: "/",
  });
  if (reach.status !== 0)
    throw new Error(`nobody cannot read this clone: ${reach.error?.message ?? String(reach.stderr)}`);
  process.setgroups?.([]);
  process.setgid?.(nobody.gid);
  process.setuid?.(nobody.uid);
}
