import { copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Stage } from "../../lab/stage.ts";
import { addAccount, e2eStage, ok, readyOn, seenAtVenue, startBot } from "../../support/e2e-stage.ts";

let stage: Stage;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  stage = await e2eStage({ proxies: { "fra-1": "http", "ams-1": "socks5" } });
  await addAccount(stage, "alice", ["fra-1", "ams-1"]);
  const host = join(stage.folder, "new-host");
  env = { HOME: join(host, "home"), LAUNCH_STATE_DIR: join(host, "state") };
});
afterAll(async () => {
  await stage.launch(["db", "stop"], { env });
  await stage.close();
});

// As docs/day-two.md says it, with the old host gone for good.
test("a backup of a running desk and a copy of its keys bring it back on an empty host, where the bot starts on its proven exit", async () => {
  const bot = await startBot(stage, "alice", "fra-1");
  const kept = { file: join(stage.folder, "launch.ndjson"), keys: join(stage.folder, "keys.copy") };
  await ok(stage, ["db", "export", "--live", kept.file]);
  await copyFile(join(stage.stateFolder, "keys"), kept.keys);
  bot.signal("SIGKILL");
  await bot.ended;
  await ok(stage, ["db", "stop"]);
  await rm(stage.stateFolder, { recursive: true });

  const there = async (...words: string[]) => {
    const result = await stage.launch(words, { env });
    expect(`${result.exitCode} ${result.stderr}`).toMatch(/^0/);
    return result.stdout;
  };
  await mkdir(join(env["HOME"] ?? ""), { recursive: true });
  await mkdir(env["LAUNCH_STATE_DIR"] ?? "", { mode: 0o700 });
  await copyFile(kept.keys, join(env["LAUNCH_STATE_DIR"] ?? "", "keys"));
  await there("init");
  await there("db", "import", kept.file);
  await there("doctor");
  const from = stage.venue.entries.length;
  const again = stage.start(["bot", "alice"], { env });
  await readyOn(stage, again, "fra-1");
  const seen = await seenAtVenue(stage, ({ account }) => account === "alice", from);
  expect(seen.peer).toBe("127.0.0.11");
  // What happened before is known there, too.
  const events = JSON.parse(await there("events", "--account", "alice", "--json")) as {
    events: { kind: string }[];
  };
  expect(events.events.filter(({ kind }) => kind === "bot.started").length).toBeGreaterThan(1);
  again.signal("SIGTERM");
  expect(await again.ended).toBe(0);
});
