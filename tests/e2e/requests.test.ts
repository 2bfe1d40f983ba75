import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSlipway, type Slipway } from "../../lib/index.ts";
import { startLaunch } from "../lab/launch-command.ts";
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
import { eventually } from "../support/eventually.ts";

let stage: Stage;
let operator: Slipway;

beforeAll(async () => {
  stage = await e2eStage({
    proxies: { "fra-1": "http", "ams-1": "socks5", "zrh-1": "http" },
  });
  await addAccount(stage, "alice", ["fra-1", "ams-1"]);
  await addAccount(stage, "bob", ["zrh-1"]);
  operator = await openSlipway({
    stateFolder: stage.stateFolder,
    configFile: join(stage.folder, "launch.yaml"),
  });
});
afterAll(async () => {
  await operator.close();
  await stage.close();
});

const alice = { kind: "bot", name: "alice" } as const;
const bob = { kind: "bot", name: "bob" } as const;

/** The pid of the account's bot that asks the venue now, once it is another than that one. */
async function nextPid(account: string, before?: number): Promise<number> {
  const from = stage.venue.entries.length;
  return pidOf(
    await seenAtVenue(stage, (entry) => entry.account === account && pidOf(entry) !== before, from),
  );
}

describe("a running launch bot", () => {
  test("restarts, checks, rotates and stops as rows of the database ask, and answers in them", async () => {
    const launcher = await startBot(stage, "alice", "fra-1");
    const first = await nextPid("alice");
    const restarted = await operator.runs.ask(alice, "restart");
    const second = await nextPid("alice", first);
    expect(restarted).toEqual({ isDone: true, text: `It runs as pid ${second}.` });
    expect(() => process.kill(first, 0)).toThrow("ESRCH");

    const checked = await operator.runs.ask(alice, "check");
    expect(checked).toEqual({ isDone: true, text: "It leaves through fra-1 (127.0.0.11)." });

    const rotated = await operator.runs.ask(alice, "rotate");
    expect(rotated).toEqual({ isDone: true, text: "It leaves through ams-1 (127.0.0.12)." });
    const from = stage.venue.entries.length;
    const seen = await seenAtVenue(stage, ({ account }) => account === "alice", from);
    expect([seen.peer, pidOf(seen) === second]).toEqual(["127.0.0.12", false]);

    const stopped = await operator.runs.ask(alice, "stop");
    expect(stopped).toEqual({ isDone: true, text: "It stopped." });
    expect(await launcher.ended).toBe(0);
    expect(launcher.stderr.join("\n")).toMatch(/stopped by user:/);
    const events = await ok(stage, ["events", "--account", "alice"]);
    expect(events).toContain("The bot alice was asked to rotate.");
  });

  test("is moved, explained and reported on by commands, and each says what became of it", async () => {
    const launcher = await startBot(stage, "alice", "fra-1");
    await nextPid("alice");
    expect(await ok(stage, ["why", "alice"])).toMatch(
      /^alice runs\.\nIt is on fra-1 \(127\.0\.0\.11\) since /,
    );
    expect(await ok(stage, ["rotate", "alice", "--wait"])).toMatch(
      /^alice: It leaves through ams-1 \(127\.0\.0\.12\)\. \(after \d+\.\d s\)$/m,
    );
    const words = ["--account", "alice", "--venue", "binance", "--why", "seen by hand"];
    const reported = await stage.launch(["report", ...words, "--limited", "--until", "2h"]);
    expect([reported.exitCode, reported.stderr]).toEqual([
      0,
      expect.stringContaining("noted for ams-1 at binance"),
    ]);
    const why = await eventually(
      () => ok(stage, ["why", "alice"]),
      (text) => text.startsWith("alice waits until "),
    );
    expect(why).toContain("seen by hand");
    await ok(stage, ["revive", "127.0.0.12", "--venue", "binance"]);
    launcher.signal("SIGTERM");
    expect(await launcher.ended).toBe(0);
    const late = await stage.launch(["report", ...words, "--clear"]);
    expect([late.exitCode, late.stderr]).toEqual([
      69,
      expect.stringContaining("launch burn EXIT --venue binance"),
    ]);
    const gone = await stage.launch(["rotate", "alice"]);
    expect([gone.exitCode, gone.stdout]).toEqual([1, expect.stringContaining("does not run")]);
  });

  test("is asked in vain when it does not run, or has no other exit", async () => {
    expect(await operator.runs.ask(bob, "stop")).toEqual({
      isDone: false,
      text: 'The bot "bob" does not run.',
    });
    await expect(operator.runs.ask({ kind: "bot", name: "alcie" }, "stop")).rejects.toThrow("alcie");
    const launcher = await startBot(stage, "bob", "zrh-1");
    const pid = await nextPid("bob");
    expect(await operator.runs.ask(bob, "rotate")).toMatchObject({ isDone: false });
    expect(await nextPid("bob")).toBe(pid);
    launcher.signal("SIGTERM");
    expect(await launcher.ended).toBe(0);
  });
});

test("one launcher runs two bots and a collector: one loses its exit and one ends, and the others do not notice", async () => {
  const bin = fileURLToPath(new URL("../fixtures/launchers/runs-many.mjs", import.meta.url));
  const words = ["bot:alice", "bot:bob", "collector:funding"];
  const launcher = startLaunch({ bin, words, cwd: stage.folder, env: stage.env, input: undefined });
  try {
    await Promise.all([readyOn(stage, launcher, "fra-1"), readyOn(stage, launcher, "zrh-1")]);
    const [bobs, fundings] = [await nextPid("bob"), await nextPid("funding")];
    const live = JSON.parse(await ok(stage, ["ps", "--running", "--json"])) as {
      runs: { launcher_pid: number }[];
    };
    expect(live.runs.map((run) => run.launcher_pid)).toEqual([launcher.pid, launcher.pid, launcher.pid]);

    await proxyOf(stage, "fra-1").process.order({ do: "fault", fault: { kind: "reset" } });
    await readyOn(stage, launcher, "ams-1");
    expect([await nextPid("bob"), await nextPid("funding")]).toEqual([bobs, fundings]);

    expect(await operator.runs.ask(bob, "stop")).toMatchObject({ isDone: true });
    await launcher.line(/bob ended with 0: stopped by user:/);
    await eventually(
      async () => (await operator.runs.list()).map(({ unit }) => unit).sort(),
      (names) => names.join() === "alice,funding",
    );
    expect(await nextPid("funding")).toBe(fundings);
    launcher.signal("SIGTERM");
    expect(await launcher.ended).toBe(0);
    expect(launcher.stderr.filter((line) => / ended with /.test(line))).toHaveLength(3);
  } finally {
    await launcher.end();
  }
});
