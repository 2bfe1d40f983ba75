import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { packageRoot } from "../../../lib/config/package-root.ts";
import { newStranger, type Stranger } from "../../support/operator/launch-program.ts";

let stranger: Stranger;
beforeEach(() => {
  stranger = newStranger();
});
afterEach(() => stranger.remove());

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

test("an --env-file that is not there is this program's to tell, not Node's", () => {
  const bin = join(packageRoot(), "bin", "launch");
  const words = ["config", "explain", "--env-file", "nowhere.env"];
  const { status, stderr } = spawnSync(bin, words, {
    cwd: stranger.home,
    env: stranger.env,
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([78, expect.stringMatching(/^LAUNCH_CONFIG_INVALID .*nowhere\.env/)]);
});

describe("launch init", () => {
  test("makes a private state folder, a key, launch.yaml and .env, and says what comes next", async () => {
    const { status, stdout, stderr } = await stranger.launch(["init"]);
    const { home } = stranger;
    expect(status).toBe(0);
    expect(stdout.match(/^made /gm)).toHaveLength(4);
    expect(stderr).toMatch(/Keep a copy of .*\nnext: launch account add/);
    const files = ["state", "state/keys", "launch.yaml", ".env"];
    expect(files.map((name) => modeOf(join(home, name)))).toEqual(["700", "600", "600", "600"]);
    const key = readFileSync(join(home, "state/keys"), "utf8").split("\n").at(-2) ?? "";
    expect(key).toMatch(/^[\w-]{43}=$/);
    expect(stdout + stderr).not.toContain(key);
  });

  test("run again keeps everything, byte by byte", async () => {
    await stranger.launch(["init"]);
    const names = ["state/keys", "launch.yaml", ".env"].map((name) => join(stranger.home, name));
    const before = names.map((name) => readFileSync(name, "utf8"));
    const { status, stdout, stderr } = await stranger.launch(["init"]);
    expect([status, stdout.match(/^kept /gm)?.length]).toEqual([0, 4]);
    expect(stderr).not.toContain("Keep a copy");
    expect(names.map((name) => readFileSync(name, "utf8"))).toEqual(before);
  });

  test("eight at once make one key", async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => stranger.launch(["init", "--json"])));
    expect(all.map(({ status }) => status)).toEqual(all.map(() => 0));
    const made = all.flatMap(({ stdout }) => {
      const { steps } = JSON.parse(stdout) as { steps: { what: string; result: string }[] };
      return steps.filter(({ result }) => result === "made").map(({ what }) => what);
    });
    expect(made.sort()).toEqual([".env", "key file", "launch.yaml", "state folder"]);
  });

  test("leaves files that the next command reads: the state folder given by a flag is found again", async () => {
    const env = { LAUNCH_STATE_DIR: "" };
    const state = join(stranger.home, "it's here");
    await stranger.launch(["init", "--state-dir", state], { env });
    const { stdout, stderr } = await stranger.launch(["config", "explain", "--json"], { env });
    expect(stderr).toBe("");
    const { settings } = JSON.parse(stdout) as {
      settings: { name: string; value: string; source: string }[];
    };
    expect(settings.find(({ name }) => name === "state folder")).toEqual({
      name: "state folder",
      value: state,
      source: `LAUNCH_STATE_DIR in ${join(stranger.home, ".env")}`,
    });
  });

  test("names what cannot be made", async () => {
    writeFileSync(join(stranger.home, "state"), "a file is in the way");
    const { status, stderr } = await stranger.launch(["init"]);
    expect(status).toBe(78);
    expect(stderr).toMatch(/^LAUNCH_STATE_UNUSABLE .*\/state cannot be created \(file already exists\)/);
    expect(existsSync(join(stranger.home, "launch.yaml"))).toBe(false);
  });
});
