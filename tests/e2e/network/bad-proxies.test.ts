import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EchoMood } from "../../lab/echo.ts";
import type { Fault } from "../../lab/front.ts";
import type { Stage } from "../../lab/stage.ts";
import { addAccount, e2eStage, ok, proxyOf, readyOn, startBot } from "../../support/e2e-stage.ts";
import { signal } from "../../support/processes/signal.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await e2eStage({ proxies: { "fra-1": "http", "ams-1": "socks5", "zrh-1": "http" } });
  await addAccount(stage, "alice", ["fra-1"]);
  await addAccount(stage, "bob", ["ams-1"]);
  await addAccount(stage, "carol", ["zrh-1"]);
});
afterAll(() => stage.close());

const fault = (label: string, wanted: Fault) =>
  proxyOf(stage, label).process.order({ do: "fault", fault: wanted });
const moods = async (...wanted: readonly EchoMood[]) => {
  for (const [index, mood] of wanted.entries()) await stage.witnesses[index]?.order({ do: "mood", mood });
};
const launchBot = (name: string) => stage.launch(["bot", "--account", name]);
const secrets = () => [...stage.proxies.values()].map(({ pass }) => pass);

test.each([407, 401])(
  "a proxy that answers %i to CONNECT ends the start with 77, naming the label and not the secret",
  async (status) => {
    await fault("fra-1", { kind: "status", status });
    const result = await launchBot("alice");
    expect([result.exitCode, result.stderr]).toEqual([77, expect.stringMatching(/fra-1/)]);
    for (const secret of secrets()) expect(result.stderr).not.toContain(secret);
    await fault("fra-1", { kind: "none" });
    await ok(stage, ["proxy", "check", "fra-1"]);
  },
);

test("a SOCKS5 proxy that refuses the user ends the start with 77 too", async () => {
  await fault("ams-1", { kind: "status", status: 407 });
  const result = await launchBot("bob");
  expect([result.exitCode, result.stderr]).toEqual([77, expect.stringMatching(/ams-1/)]);
  await fault("ams-1", { kind: "none" });
  await ok(stage, ["proxy", "check", "ams-1"]);
});

test("two witnesses that disagree prove nothing: 75, and both are named", async () => {
  await moods({ kind: "honest" }, { kind: "lie", address: "127.0.0.99" });
  const result = await launchBot("carol");
  expect([result.exitCode, result.stderr]).toEqual([
    75,
    expect.stringMatching(/echo-a\.test.*echo-b\.test/s),
  ]);
  await moods({ kind: "honest" }, { kind: "honest" });
});

test("a witness that is down is asked again for 30 s, then the start ends with 75 and the proxy keeps its standing", async () => {
  await moods({ kind: "honest" }, { kind: "html" });
  const result = await launchBot("carol");
  expect([result.exitCode, result.stderr]).toEqual([
    75,
    expect.stringMatching(/1 of the 2 needed witnesses/),
  ]);
  await moods({ kind: "honest" }, { kind: "honest" });
  const launcher = await startBot(stage, "carol", "zrh-1");
  launcher.signal("SIGTERM");
  expect(await launcher.ended).toBe(0);
});

test("an exit that is not the pinned one is never used: the bot does not start", async () => {
  await moods({ kind: "lie", address: "127.0.0.77" }, { kind: "lie", address: "127.0.0.77" });
  const result = await launchBot("carol");
  expect(result.exitCode).not.toBe(0);
  expect(result.stderr).toMatch(/127\.0\.0\.77.*127\.0\.0\.13/s);
  await moods({ kind: "honest" }, { kind: "honest" });
  await ok(stage, ["proxy", "check", "zrh-1"]);
});

test("with another key nothing is opened: 77, naming labels and key ids, never the network", async () => {
  const keys = join(stage.stateFolder, "keys");
  const kept = await readFile(keys, "utf8");
  await copyFile(keys, `${keys}.kept`);
  await writeFile(keys, `${Buffer.alloc(32, 7).toString("base64url")}=\n`, { mode: 0o600 });
  const result = await launchBot("alice");
  expect([result.exitCode, result.stderr]).toEqual([77, expect.stringMatching(/fra-1.*key/s)]);
  expect(result.stderr).not.toMatch(/refused the connection|timed out|unreachable/);
  await writeFile(keys, kept, { mode: 0o600 });
});

test("an account without proxies, one that does not exist and one that is mistyped each say what to type next", async () => {
  await ok(stage, ["account", "add", "dora"]);
  const none = await stage.launch(["bot", "--account", "dora", "--", process.execPath, "-e", "0"]);
  expect([none.exitCode, none.stderr]).toEqual([69, expect.stringContaining("launch assign dora")]);
  const unknown = await stage.launch(["bot", "--account", "alise", "--", process.execPath, "-e", "0"]);
  expect([unknown.exitCode, unknown.stderr]).toEqual([64, expect.stringContaining('"alice"')]);
});

test("a bot survives a killed embedded database: the next renewal starts it again", async () => {
  const launcher = await startBot(stage, "alice", "fra-1");
  const pid = Number(
    (await readFile(join(stage.stateFolder, "db", "pg18", "postmaster.pid"), "utf8")).split("\n")[0],
  );
  signal(pid, "SIGKILL");
  await ok(stage, ["demote", "alice", "fra-1", "--for", "1s"]);
  await launcher.line(/fra-1 was demoted/);
  await readyOn(stage, launcher, "fra-1");
  launcher.signal("SIGTERM");
  expect(await launcher.ended).toBe(0);
});
