import { afterAll, beforeAll, expect, test } from "vitest";
import type { Stage } from "../lab/stage.ts";
import {
  addAccount,
  e2eStage,
  ok,
  pidOf,
  proxyOf,
  readyOn,
  seenAtVenue,
  startBot,
} from "../support/e2e-stage.ts";
import { signal } from "../support/processes/signal.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await e2eStage({
    proxies: { "fra-1": "http", "ams-1": "socks5", "zrh-1": "http", "par-1": "http" },
  });
  await addAccount(stage, "alice", ["fra-1", "zrh-1"]);
  await addAccount(stage, "bob", ["ams-1", "par-1"]);
});
afterAll(() => stage.close());

const restarting = [process.execPath, "-e", "process.exit(5)"];

test("a crashed bot is started again on the same exit, and ps tells the reason", async () => {
  const launcher = await startBot(stage, "alice", "fra-1");
  const pid = pidOf(await seenAtVenue(stage, ({ account }) => account === "alice"));
  signal(pid, "SIGUSR1");
  await launcher.line(/restarts on the same exit .*exited with code 3/);
  const again = await seenAtVenue(stage, (entry) => entry.account === "alice" && pidOf(entry) !== pid);
  expect(again.peer).toBe("127.0.0.11");
  const ps = await ok(stage, ["ps", "--running", "--json"]);
  expect(ps).toContain("exited with code 3");
  launcher.signal("SIGTERM");
  expect(await launcher.ended).toBe(0);
});

test("a launcher ends by SIGQUIT as by SIGTERM, and not by a SIGUSR2 that was meant for another one", async () => {
  const from = stage.venue.entries.length;
  const launcher = await startBot(stage, "alice", "fra-1");
  await seenAtVenue(stage, ({ account }) => account === "alice", from);
  launcher.signal("SIGUSR2");
  const still = stage.venue.entries.length;
  await seenAtVenue(stage, ({ account }) => account === "alice", still);
  launcher.signal("SIGQUIT");
  expect(await launcher.ended).toBe(0);
  await launcher.line(/stopped by SIGQUIT/);
});

test("a bot that hangs is restarted on the same exit", async () => {
  const from = stage.venue.entries.length;
  const launcher = await startBot(stage, "alice", "fra-1");
  const pid = pidOf(await seenAtVenue(stage, ({ account }) => account === "alice", from));
  signal(pid, "SIGUSR2");
  await launcher.line(/the bot hangs/);
  const again = await seenAtVenue(stage, (entry) => entry.account === "alice" && pidOf(entry) !== pid, from);
  expect(again.peer).toBe("127.0.0.11");
  launcher.signal("SIGTERM");
  expect(await launcher.ended).toBe(0);
});

test("the bot's own status is passed on, with --restart never a failing one too", async () => {
  const run = (code: number, ...words: string[]) =>
    stage.launch([
      "bot",
      "--account",
      "alice",
      ...words,
      "--",
      process.execPath,
      "-e",
      `process.exit(${code})`,
    ]);
  expect((await run(0)).exitCode).toBe(0);
  const failed = await run(5, "--restart", "never");
  expect(failed.exitCode).toBe(5);
  expect(failed.stderr.trim().split("\n").at(-1)).toContain("exited with code");
});

test("a command that is not found ends with 71 and names what was searched", async () => {
  const result = await stage.launch(["bot", "--account", "alice", "--", "nodde", "bot.js"]);
  expect([result.exitCode, result.stderr]).toEqual([71, expect.stringMatching(/nodde/)]);
});

test("an edited proxy is proven again, and its bot restarted, within one renewal", async () => {
  const launcher = await startBot(stage, "bob", "ams-1");
  const { endpoint } = proxyOf(stage, "ams-1");
  await ok(stage, ["proxy", "edit", "ams-1", "--proxy-endpoint", endpoint.replace("127.0.0.1", "localhost")]);
  await launcher.line(/ams-1 was edited/);
  const from = stage.venue.entries.length;
  await seenAtVenue(stage, ({ account, peer }) => account === "bob" && peer === "127.0.0.12", from);
  await ok(stage, ["proxy", "disable", "ams-1"]);
  await launcher.line(/ams-1 was disabled/);
  await readyOn(stage, launcher, "par-1");
  await ok(stage, ["proxy", "enable", "ams-1"]);
  launcher.signal("SIGTERM");
  expect(await launcher.ended).toBe(0);
});

test("a dead proxy is passed over at the start, with its reason, and cools down", async () => {
  await proxyOf(stage, "fra-1").process.order({ do: "fault", fault: { kind: "reset" } });
  const from = stage.venue.entries.length;
  const launcher = await startBot(stage, "alice", "zrh-1");
  expect(launcher.stderr.join("\n")).toMatch(/fra-1 is not used/);
  await seenAtVenue(stage, ({ account, peer }) => account === "alice" && peer === "127.0.0.13", from);
  launcher.signal("SIGTERM");
  expect(await launcher.ended).toBe(0);
});

test("when nothing is left the command ends with 75 and lists every candidate and why", async () => {
  await proxyOf(stage, "zrh-1").process.order({ do: "fault", fault: { kind: "reset" } });
  const result = await stage.launch(["bot", "--account", "alice", "--", ...restarting]);
  expect(result.exitCode).toBe(75);
  expect(result.stderr).toMatch(/LAUNCH_PROXY_UNAVAILABLE.*fra-1.*zrh-1/s);
});

test("with --on-failover reconnect the same process goes on through the next proven exit", async () => {
  for (const label of ["fra-1", "zrh-1"]) {
    await proxyOf(stage, label).process.order({ do: "fault", fault: { kind: "none" } });
    await ok(stage, ["proxy", "check", label]);
    await ok(stage, ["revive", "alice", label]);
  }
  const launcher = await startBot(stage, "alice", "fra-1", ["--on-failover", "reconnect"]);
  const from = stage.venue.entries.length;
  const before = await seenAtVenue(stage, ({ account }) => account === "alice", from);
  await ok(stage, ["demote", "alice", "fra-1"]);
  const after = await seenAtVenue(
    stage,
    ({ account, peer }) => account === "alice" && peer === "127.0.0.13",
    from,
  );
  expect(pidOf(after)).toBe(pidOf(before));
  launcher.signal("SIGTERM");
  expect(await launcher.ended).toBe(0);
});
