import { execFile } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commandTable } from "../../../lib/cli/command-table.ts";
import { newStranger, type Stranger } from "../../support/operator/launch-program.ts";

const run = promisify(execFile);
let stranger: Stranger;
beforeAll(() => {
  stranger = newStranger();
});
afterAll(() => stranger.remove());

test("each command has a page that man shows without a warning, and another program's page stays", async (context) => {
  const written = await stranger.launch(["generate", "man", "--out", "manuals"]);
  expect(written.status, written.stderr).toBe(0);
  const folder = join(stranger.home, "manuals", "man1");
  const files = commandTable.map(({ path }) => `launch-${path.replaceAll(" ", "-")}.1`);
  expect(readdirSync(folder).sort()).toEqual(["launch.1", ...files].sort());
  const again = await stranger.launch(["generate", "man", "--out", "manuals"]);
  expect(again.status).toBe(0);
  writeFileSync(join(folder, "launch-ps.1"), ".TH OTHER 1\n");
  const foreign = await stranger.launch(["generate", "man", "--out", "manuals"]);
  expect([foreign.status, foreign.stderr]).toEqual([
    64,
    expect.stringContaining("launch-ps.1 is a page of something else."),
  ]);
  expect(readFileSync(join(folder, "launch-ps.1"), "utf8")).toBe(".TH OTHER 1\n");
  const hasMan = await run("which", ["man"]).then(
    () => true,
    () => false,
  );
  if (!hasMan && !process.env["CI"]) context.skip("man is not installed");
  const env = { ...stranger.env, LC_ALL: "C.UTF-8", MANWIDTH: "80" };
  for (const file of ["launch.1", "launch-bot.1", "launch-account-add.1", "launch-proxy-import.1"]) {
    const shown = await run("man", ["--warnings=w", "-E", "UTF-8", "-P", "cat", "-l", join(folder, file)], {
      env,
    });
    expect([file, shown.stderr]).toEqual([file, ""]);
  }
  const { stdout } = await run("man", ["-P", "cat", "-l", join(folder, "launch-bot.1")], { env });
  expect(stdout).toMatch(/launch bot <account> \[flags\] \[-- command \.\.\.\]/);
  expect(stdout.indexOf("launch bot alice")).toBeLessThan(stdout.indexOf("--isolation auto|kernel"));
});
