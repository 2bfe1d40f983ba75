import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Stage } from "../lab/stage.ts";
import { addAccount, e2eStage, ok, pidOf, readyOn, seenAtVenue, startBot } from "../support/e2e-stage.ts";
import { eventually } from "../support/eventually.ts";
import { pause } from "../support/pause.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await e2eStage({ proxies: { "fra-1": "http", "ams-1": "socks5" } });
  await addAccount(stage, "alice", ["fra-1"]);
  await addAccount(stage, "bob", ["ams-1"]);
});
afterAll(() => stage.close());

test("a second launch of the same account is refused with 75, naming host and pid of the first", async () => {
  const first = await startBot(stage, "alice", "fra-1");
  const second = await stage.launch(["bot", "--account", "alice", "--", process.execPath, "-e", "0"]);
  expect(second.exitCode).toBe(75);
  expect(second.stderr).toContain("LAUNCH_LEASE_HELD");
  expect(second.stderr).toContain(`pid ${first.pid}`);
  first.signal("SIGTERM");
  expect(await first.ended).toBe(0);
});

test("a stopped launcher is named with the signals that reach it, and says once it goes on that it was stopped", async () => {
  const first = await startBot(stage, "alice", "fra-1");
  first.signal("SIGSTOP");
  const second = await stage.launch(["bot", "--account", "alice", "--", process.execPath, "-e", "0"]);
  expect(second.exitCode).toBe(75);
  expect(second.stderr).toContain(`(launcher pid ${first.pid}, stopped)`);
  expect(second.stderr).toContain(`\`kill -CONT ${first.pid}\``);
  expect(second.stderr).toContain(`\`kill -KILL ${first.pid}\``);
  // Longer than a lease and one renewal, so that nothing but the stop can have ended it.
  await pause(18_000);
  first.signal("SIGCONT");
  expect(await first.ended).toBe(75);
  expect(first.stderr.join("\n")).toMatch(
    /LAUNCH_LEASE_LOST this launcher was suspended.*for at least \d+ s/,
  );
  expect(first.stderr.join("\n")).toMatch(/hint: Start it again, and find out what suspended it \(SIGSTOP/);
});

test("a killed launcher takes its bot with it, and the next launch takes the account and the exit over at once", async () => {
  const killed = await startBot(stage, "alice", "fra-1");
  const pid = pidOf(await seenAtVenue(stage, ({ account }) => account === "alice"));
  killed.signal("SIGKILL");
  await killed.ended;
  const from = stage.venue.entries.length;
  const next = await startBot(stage, "alice", "fra-1");
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  const seen = await seenAtVenue(stage, ({ account }) => account === "alice", from);
  expect(pidOf(seen)).not.toBe(pid);
  expect([next.stderr.join("\n").includes("waiting"), seen.peer]).toEqual([false, "127.0.0.11"]);
  next.signal("SIGTERM");
  expect(await next.ended).toBe(0);
});

test("ps shows the run of a killed launcher as dead, never as running", async () => {
  const killed = await startBot(stage, "bob", "ams-1");
  killed.signal("SIGKILL");
  await killed.ended;
  const { runs } = JSON.parse(await ok(stage, ["ps", "--running", "--json"])) as {
    runs: { unit: string; state: string }[];
  };
  expect(runs.find(({ unit }) => unit === "bob")?.state).toMatch(/dead/);
});

test("an exit that another account holds is not given to a second one, which ends with 75 when it has no other", async () => {
  const holder = await startBot(stage, "alice", "fra-1");
  await ok(stage, ["assign", "bob", "fra-1", "--priority", "1"]);
  await ok(stage, ["unassign", "bob", "ams-1"]);
  const refused = await stage.launch(["bot", "--account", "bob", "--", process.execPath, "-e", "0"]);
  expect([refused.exitCode, refused.stderr]).toEqual([75, expect.stringMatching(/alice/)]);
  holder.signal("SIGTERM");
  await holder.ended;
  const free = await startBot(stage, "bob", "fra-1");
  free.signal("SIGTERM");
  expect(await free.ended).toBe(0);
  await ok(stage, ["assign", "bob", "ams-1", "--priority", "1"]);
  await ok(stage, ["unassign", "bob", "fra-1"]);
});

test("Ctrl-C at any moment of the start leaves no lease, no process and no socket", async () => {
  for (const moment of [/./, /starting|proven|database|asking/]) {
    const starting = stage.start([
      "bot",
      "--account",
      "alice",
      "--",
      process.execPath,
      "-e",
      "setInterval(() => {}, 1000)",
    ]);
    await Promise.race([starting.line(moment).catch(() => ""), starting.ended]);
    starting.signal("SIGINT");
    expect([0, 130]).toContain(await starting.ended);
  }
  const after = stage.start([
    "bot",
    "--account",
    "alice",
    "--",
    process.execPath,
    "-e",
    "setInterval(() => {}, 1000)",
  ]);
  await readyOn(stage, after, "fra-1");
  after.signal("SIGINT");
  expect(await after.ended).toBe(0);
  const shown = () =>
    ok(stage, ["ps", "--running", "--json"]).then(
      (text) => (JSON.parse(text) as { runs: { state: string }[] }).runs,
    );
  await eventually(shown, (runs) => runs.every(({ state }) => !/running|starting/.test(state)));
});

async function funding() {
  const { runs } = JSON.parse(await ok(stage, ["ps", "--running", "--json"])) as { runs: { unit: string }[] };
  return runs.find(({ unit }) => unit === "funding");
}

test("a collector shows the host's own address, as ps does, in the row and in --json", async () => {
  const config = join(stage.folder, "reachable.yaml");
  const yaml = await readFile(join(stage.folder, "launch.yaml"), "utf8");
  await writeFile(config, yaml.replaceAll(/echo-[ab]\.test/g, "127.0.0.1"));
  const collector = stage.start(["collector", "funding"], { env: { LAUNCH_CONFIG: config } });
  await collector.line(/funding: direct {2}127\.0\.0\.1 {2}database embedded in /);
  await eventually(funding, (run) => run !== undefined && "exit_ip" in run && run.exit_ip === "127.0.0.1");
  expect(await funding()).toMatchObject({
    kind: "collector",
    state: "running",
    tier: "direct",
    enforced: false,
    proxy: null,
  });
  expect(await ok(stage, ["ps"])).toMatch(/^funding +running +(- +)?127\.0\.0\.1 .*direct/m);
  collector.signal("SIGTERM");
  expect(await collector.ended).toBe(0);
});

test("what a killed launcher of a collector with many instances left is gone from ps with the next launch of that name", async () => {
  const config = join(stage.folder, "many.yaml");
  const yaml = await readFile(join(stage.folder, "launch.yaml"), "utf8");
  await writeFile(config, yaml.replace("funding: {", "funding: { instances: many,"));
  const env = { LAUNCH_CONFIG: config };
  const pids = async () => {
    const { runs } = JSON.parse(await ok(stage, ["ps", "--running", "--json"])) as {
      runs: { unit: string; launcher_pid: number }[];
    };
    return runs.filter(({ unit }) => unit === "funding").map(({ launcher_pid }) => launcher_pid);
  };
  const start = async () => {
    const collector = stage.start(["collector", "funding"], { env });
    await collector.line(/funding: direct/);
    return collector;
  };
  const [alive, killed] = [await start(), await start()];
  killed.signal("SIGKILL");
  await killed.ended;
  expect(new Set(await pids())).toEqual(new Set([alive.pid, killed.pid]));
  const next = await start();
  await eventually(pids, (shown) => !shown.includes(killed.pid));
  expect(new Set(await pids())).toEqual(new Set([alive.pid, next.pid]));
  for (const collector of [alive, next]) {
    collector.signal("SIGTERM");
    expect(await collector.ended).toBe(0);
  }
});

test("a collector of one name runs once, goes direct, and carries no proxy variable of the shell", async () => {
  const from = stage.venue.entries.length;
  const env = {
    HTTPS_PROXY: "http://127.0.0.1:9",
    all_proxy: "socks5://127.0.0.1:9",
    GLOBAL_AGENT_HTTP_PROXY: "http://127.0.0.1:9",
  };
  const first = stage.start(["collector", "funding"], { env });
  const seen = await seenAtVenue(stage, ({ account }) => account === "funding", from);
  expect(seen.peer).toBe("127.0.0.1");
  const names = (await readFile(`/proc/${pidOf(seen)}/environ`, "utf8"))
    .split("\0")
    .map((pair) => pair.split("=")[0] ?? "");
  expect(names.filter((name) => /proxy|global_agent/i.test(name))).toEqual([]);
  // Only the stage's proxies resolve the names of its witnesses.
  await first.line(/funding: direct {2}address unknown/);
  expect(await funding()).toMatchObject({ state: "running", proxy: null, exit_ip: null, tier: "direct" });
  const second = await stage.launch(["collector", "funding"]);
  expect([second.exitCode, second.stderr]).toEqual([75, expect.stringContaining(`pid ${first.pid}`)]);
  first.signal("SIGTERM");
  expect(await first.ended).toBe(0);
});
