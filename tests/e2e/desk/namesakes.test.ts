import { afterAll, beforeAll, expect, test } from "vitest";
import type { Stage } from "../../lab/stage.ts";
import { addAccount, defaultsYaml, e2eStage, ok, readyOn } from "../../support/e2e-stage.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await e2eStage({
    proxies: { "fra-1": "http", "ams-1": "socks5" },
    yaml: (place) =>
      defaultsYaml(place)
        .replace(/bob: \{.*?\} \}, carol: \{.*?\} \}/, "")
        .replace("funding:", "alice:"),
  });
  await addAccount(stage, "alice", ["fra-1", "ams-1"]);
});
afterAll(async () => {
  await stage.launch(["down"]);
  await stage.close();
});

async function live(): Promise<readonly string[]> {
  const { runs } = JSON.parse(await ok(stage, ["ps", "--running", "--json"])) as {
    runs: readonly { readonly kind: string; readonly unit: string; readonly launcher_pid: number }[];
  };
  return runs.map(({ kind, unit, launcher_pid: pid }) => `${kind} ${unit} ${pid}`).toSorted();
}

test("a bot and a collector of one name run in one launcher, which tells them apart in all it says", async () => {
  const launcher = stage.start(["up"]);
  expect(await readyOn(stage, launcher, "fra-1")).toMatch(/^bot:alice: /);
  await launcher.line(/^collector:alice: direct/);
  await launcher.line(/^bot:alice {7}\| /);
  await launcher.line(/^collector:alice \| /);
  launcher.signal("SIGINT");
  expect(await launcher.ended).toBe(0);
  const stopped = launcher.stderr.flatMap((line) => /^(\S+): stopped \(/.exec(line)?.[1] ?? []);
  expect(stopped.toSorted()).toEqual(["bot:alice", "collector:alice"]);
});

test("an upgrade takes both over, and a command that makes sense for bots only means the bot", async () => {
  await ok(stage, ["up", "-d"]);
  const started = await ok(stage, ["up", "-d", "--replace", "--json"]);
  const { pid, units } = JSON.parse(started) as {
    readonly pid: number;
    readonly units: readonly { readonly kind: string; readonly name: string; readonly state: string }[];
  };
  expect(units.map(({ kind, name, state }) => `${kind} ${name} ${state}`)).toEqual([
    "collector alice ready",
    "bot alice ready",
  ]);
  expect(await live()).toEqual([`bot alice ${pid}`, `collector alice ${pid}`]);

  expect(await ok(stage, ["rotate", "alice"])).toMatch(/^alice: It leaves through ams-1/);
  expect(await ok(stage, ["exec", "alice", "--", process.execPath, "-p", "process.env.LAUNCH_ACCOUNT"])).toBe(
    "alice",
  );
  const unfound = await stage.launch(["exec", "alice", "--", "/no/such/program"]);
  expect(unfound.exitCode).toBe(71);
  // Another upgrade leaves the bot on the exit to which it was moved.
  await ok(stage, ["up", "-d", "--replace"]);
  const { runs } = JSON.parse(await ok(stage, ["ps", "--running", "--json"])) as {
    readonly runs: readonly { readonly kind: string; readonly proxy: string | null }[];
  };
  expect(runs.flatMap(({ kind, proxy }) => (kind === "bot" ? proxy : []))).toEqual(["ams-1"]);
  expect((await ok(stage, ["check", "--all"])).match(/^\S+(?=: )/gm)).toEqual([
    "bot:alice",
    "collector:alice",
  ]);
  const both = await stage.launch(["stop", "alice"]);
  expect([both.exitCode, both.stderr]).toEqual([
    64,
    expect.stringContaining("`bot:alice` or `collector:alice`"),
  ]);
  expect(await ok(stage, ["stop", "collector:alice"])).toMatch(/^alice: It stopped/);
  expect(await ok(stage, ["events", "collector:alice"])).toMatch(/unit\.asked .*asked to\s+stop/s);
  await ok(stage, ["down"]);
});
