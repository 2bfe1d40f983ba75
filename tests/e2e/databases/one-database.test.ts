import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Stage } from "../../lab/stage.ts";
import { addAccount, e2eStage, ok, startBot } from "../../support/e2e-stage.ts";

describe("the database of a stage", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await e2eStage({ proxies: { "fra-1": "http" } });
    await addAccount(stage, "alice", ["fra-1"]);
  });
  afterAll(() => stage.close());

  test("that does not answer at the start ends the command with 75 and names it without its password", async () => {
    const env = { LAUNCH_DATABASE_URL: "postgresql://launch:s3cret-word@127.0.0.1:9/launch" };
    const result = await stage.launch(["bot", "--account", "alice"], { env });
    expect([result.exitCode, result.stderr]).toEqual([
      75,
      expect.stringMatching(/LAUNCH_STORE_UNREACHABLE.*127\.0\.0\.1/s),
    ]);
    expect(result.stderr).not.toContain("s3cret-word");
  });

  test("a start in another folder whose launch.yaml has other witnesses and ranges names both folders and what differs", async () => {
    const launcher = await startBot(stage, "alice", "fra-1");
    const other = join(stage.folder, "other");
    mkdirSync(other);
    const yaml = readFileSync(join(stage.folder, "launch.yaml"), "utf8");
    const startThere = async (text: string) => {
      writeFileSync(join(other, "launch.yaml"), text);
      const words = ["collector", "ticks", "--", "true"];
      const { exitCode, stderr } = await stage.launch(words, { front: ["env", `--chdir=${other}`] });
      expect(exitCode).toBe(0);
      return stderr.split("\n").filter((line) => line.includes("other settings"));
    };
    expect(await startThere(yaml)).toEqual([]);
    const changed = yaml.replace(
      "public_ranges: [127.0.0.0/8]",
      "public_ranges: [127.0.0.0/16]\n  direct: off",
    );
    const here = `warning: this folder (${other}) has other settings than ${stage.folder}, which is used with the same database on this host`;
    expect(await startThere(changed)).toEqual([
      `${here}: network.direct is off here and on there; network.public_ranges is 127.0.0.0/16 here and 127.0.0.0/8 there`,
    ]);
    launcher.signal("SIGTERM");
    expect(await launcher.ended).toBe(0);
    // Remembered where nothing runs there any more.
    expect(await startThere(changed)).toHaveLength(1);
  });

  test("is not stopped while a run lives, and is afterwards", async () => {
    const launcher = await startBot(stage, "alice", "fra-1");
    const refused = await stage.launch(["db", "stop"]);
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringMatching(/LAUNCH_IN_USE.*alice/s)]);
    launcher.signal("SIGTERM");
    expect(await launcher.ended).toBe(0);
    await ok(stage, ["db", "stop"]);
    expect(await ok(stage, ["ps"])).not.toMatch(/running/);
  });
});

// A file system of its own can be filled without harm; making one needs root.
const canMount = process.getuid?.() === 0;
if (!canMount)
  process.stderr.write("SKIPPED: an import on a full disk (only root can mount a small file system)\n");
describe.runIf(canMount)("on a full disk", () => {
  test("an import stores nothing, says why, and works once there is room", async () => {
    // A mount within /tmp would keep the bots of every other test from laying their own over it.
    const disk = mkdtempSync("/mnt/slipway-disk-");
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=200m,mode=0711", "tmpfs", disk]);
    try {
      const stage = await e2eStage({ proxies: {} });
      const env = { LAUNCH_STATE_DIR: join(disk, "state") };
      try {
        expect((await stage.launch(["init"], { env })).exitCode).toBe(0);
        expect((await stage.launch(["proxy", "ls"], { env })).exitCode).toBe(0);
        const filler = join(disk, "filler");
        const { bavail, bsize } = statfsSync(disk);
        writeFileSync(filler, Buffer.alloc(bavail * bsize - 256 * 1024));
        const list = Array.from(
          { length: 6_000 },
          (_, n) => `http://user${n}:pass${n}@gw${n}.example:8001`,
        ).join("\n");
        const full = await stage.launch(["proxy", "import", "-"], { env, input: list });
        expect(full.exitCode).not.toBe(0);
        expect(full.stderr).toMatch(/No space left|disk|LAUNCH_/i);
        rmSync(filler);
        const listed = JSON.parse((await stage.launch(["proxy", "ls", "--json"], { env })).stdout) as {
          proxies: unknown[];
        };
        expect(listed.proxies).toHaveLength(0);
        expect((await stage.launch(["proxy", "import", "-"], { env, input: list })).exitCode).toBe(0);
      } finally {
        await stage.launch(["db", "stop"], { env });
        await stage.close();
      }
    } finally {
      execFileSync("umount", [disk]);
      rmSync(disk, { recursive: true });
    }
  });
});
