import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startInternet } from "../../lib/leak-check/lab/internet-process.ts";
import { removeStaleFolders } from "../../lib/leak-check/lab/lab-folder.ts";
import { builtFile } from "../support/built.ts";
import { eventually } from "../support/eventually.ts";
import { labsHere } from "./lab/use-leak-lab.ts";

test("a new lab has counted nothing, and closing it leaves no process and no folder", async () => {
  const lab = await labsHere().open();
  const pids = targetPids([...lab.botSide, ...lab.internet]);
  expect(await lab.meter()).toEqual({ proxied: 0, otherIpv4: 0, otherIpv6: 0 });
  expect(pids.length).toBeGreaterThan(1);
  expect(pids.map((pid) => existsSync(`/proc/${pid}`))).toEqual(pids.map(() => true));
  await lab.close();
  expect(pids.map((pid) => existsSync(`/proc/${pid}`))).toEqual(pids.map(() => false));
  expect(existsSync(lab.caFile ?? "")).toBe(false);
});

test("a lab whose opener is killed goes with it", async () => {
  const file = builtFile("lib/leak-check/lab/open-leak-lab.js");
  const opener = "{ uid: process.getuid(), gid: process.getgid() }";
  const internetFile = JSON.stringify(builtFile("lib/leak-check/lab/internet.js"));
  const code = `import(${JSON.stringify(file)}).then(async ({ openLeakLab }) => {
    const lab = await openLeakLab(${opener}, ${internetFile});
    console.log(JSON.stringify([...lab.botSide, ...lab.internet]));
  })`;
  const owner = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(owner.stdout, "data");
  const pids = targetPids(JSON.parse(String(line)));
  owner.kill("SIGKILL");
  await eventually(
    () => pids.filter((pid) => existsSync(`/proc/${pid}`)),
    (alive) => alive.length === 0,
  );
});

test("targets that do not answer are given up in time, and the message says what to do", async () => {
  const spec = {
    site: "loopback",
    certificates: undefined,
    credential: { user: "lab", secret: "x" },
  } as const;
  const mute = startInternet(["/bin/sh", "-c", "exec cat >/dev/null"], spec, 200);
  await expect(mute).rejects.toMatchObject({
    message: "The targets of the leak check ended, or did not answer within 0.2 s.",
    hint: expect.stringContaining("`launch doctor --leaks`"),
  });
  const gone = startInternet(["/nowhere/program"], spec);
  await expect(gone).rejects.toMatchObject({ code: "LAUNCH_SPAWN_FAILED" });
});

test("folders whose makers were killed are removed by the next lab, and no others", async () => {
  const dead = spawn("true");
  await once(dead, "exit");
  const parent = mkdtempSync(join(tmpdir(), "slipway-stale-"));
  const names = [
    `slipway-lab-${dead.pid}-old`,
    `slipway-bench-${dead.pid}-old`,
    `slipway-lab-${dead.pid}-new`,
    `slipway-lab-${process.pid}-old`,
    `slipway-${dead.pid}-old`,
  ];
  for (const name of names) {
    mkdirSync(join(parent, name, "inside"), { recursive: true });
    if (name.endsWith("old")) utimesSync(join(parent, name), 1, 1);
  }
  removeStaleFolders(parent);
  expect(readdirSync(parent).sort()).toEqual(names.slice(2).sort());
  rmSync(parent, { recursive: true });
});

function targetPids(words: readonly string[]): readonly number[] {
  return words.flatMap((word) => /^--target=(\d+)$/.exec(word)?.[1] ?? []).map(Number);
}
