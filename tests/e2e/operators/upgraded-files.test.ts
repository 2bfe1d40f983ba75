import { cpSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packageRoot } from "../../../lib/config/package-root.ts";
import type { Stage } from "../../lab/stage.ts";
import { addAccount, e2eStage, ok, pidOf, readyOn, seenAtVenue, startBot } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";

// An installation of its own, whose program is replaced while it runs.
const installed = mkdtempSync(join(tmpdir(), "slipway-installed-"));
let stage: Stage;
beforeAll(async () => {
  const root = packageRoot();
  for (const name of ["bin", "package.json", ".env.example", "migrations", "python", "templates", "dist"])
    cpSync(join(root, name), join(installed, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(installed, "node_modules"));
  stage = await e2eStage({
    proxies: { "fra-1": "http", "ams-1": "http" },
    bin: join(installed, "bin/launch"),
  });
  await addAccount(stage, "alice", ["fra-1", "ams-1"]);
});
afterAll(async () => {
  await stage.close();
  rmSync(installed, { recursive: true, force: true });
});

test("an upgrade under a running launcher leaves it all parts of its program", async () => {
  const launcher = await startBot(stage, "alice", "fra-1");
  const first = pidOf(await seenAtVenue(stage, ({ account }) => account === "alice"));
  replaceProgram();

  // Each loads parts that a start does not need.
  await ok(stage, ["rotate", "alice"]);
  await readyOn(stage, launcher, "ams-1");
  await ok(stage, ["restart", "alice"]);
  await seenAtVenue(stage, (entry) => entry.account === "alice" && pidOf(entry) !== first);
  expect(await ok(stage, ["status", "alice"])).toContain("ams-1");
  await ok(stage, ["stop", "alice"]);
  expect(await launcher.ended).toBe(0);
  expect(launcher.stderr.filter((line) => /LAUNCH_INTERNAL|Error/.test(line))).toEqual([]);
});

test("a launcher of many reads no launch.yaml by a program that was upgraded under it, and goes on as it is", async () => {
  const file = join(stage.folder, "launch.yaml");
  const yaml = "version: 1\ncollectors: { one: { command: [sleep, '1000'] } }\n";
  writeFileSync(file, yaml);
  const launcher = stage.start(["up"]);
  await eventually(
    async () => await stage.launch(["check", "one"]),
    ({ exitCode }) => exitCode === 0,
  );
  expect(await ok(stage, ["reload"])).toContain("1 unchanged");
  replaceProgram();
  // What it reads itself it reads as it always has.
  expect(await ok(stage, ["reload"])).toContain("1 unchanged");
  writeFileSync(file, yaml.replace("{", "&all {"));
  const { exitCode, stderr } = await stage.launch(["reload"]);
  expect(exitCode).toBe(78);
  expect(stderr).toMatch(/was not read: Slipway was upgraded since this launcher started/);
  expect((await stage.launch(["check", "one"])).exitCode).toBe(0);
  launcher.signal("SIGTERM");
  expect(await launcher.ended).toBe(0);
});

/** Puts a program in its place whose parts lie elsewhere in the file. */
function replaceProgram(): void {
  const require = createRequire(import.meta.url);
  const { openPack } = require(join(installed, "bin/load-program.js"));
  const { writePack } = require(join(packageRoot(), "scripts/write-pack.cjs"));
  const path = join(installed, "dist/lib/program/program.pack");
  const { names, read } = openPack(path);
  const parts = names.map((name: string) => [name, read(name)]);
  writePack(`${path}.next`, [["filler.js", Buffer.alloc(10_001, "?")], ...parts]);
  renameSync(`${path}.next`, path);
}
