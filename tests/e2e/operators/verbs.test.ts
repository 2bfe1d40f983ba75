import { chownSync, existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Stage } from "../../lab/stage.ts";
import { addAccount, e2eStage, ok, pidOf, seenAtVenue, startBot } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await e2eStage({ proxies: { "fra-1": "http", "ams-1": "socks5", "zrh-1": "http" } });
  await addAccount(stage, "alice", ["fra-1", "ams-1"]);
  await addAccount(stage, "bob", ["zrh-1"]);
});
afterAll(() => stage.close());

const sockets = () =>
  readdirSync(join(stage.stateFolder, "run"))
    .filter((name) => name.endsWith(".op.sock"))
    .map((name) => join(stage.stateFolder, "run", name));

const socketOf = ({ pid }: { readonly pid: number }) =>
  sockets().find((path) => path.includes(`/${pid}-`)) ?? "";

async function pidAtVenue(account: string, before?: number): Promise<number> {
  const from = stage.venue.entries.length;
  return pidOf(
    await seenAtVenue(stage, (entry) => entry.account === account && pidOf(entry) !== before, from),
  );
}

describe("from another terminal", () => {
  test("a bot in the foreground is checked, restarted, rotated and stopped, and says what became of it", async () => {
    const launcher = await startBot(stage, "alice", "fra-1");
    const first = await pidAtVenue("alice");
    const socket = socketOf(launcher);
    expect(statSync(socket).mode & 0o777).toBe(0o600);

    await eventually(
      () => stage.launch(["check", "alice"]),
      ({ exitCode }) => exitCode === 0,
      20_000,
      200,
    );
    expect(await ok(stage, ["check", "alice"])).toMatch(
      /^alice: ready on fra-1 \(127\.0\.0\.11\), heartbeat \d+ s ago$/,
    );
    const restarted = await ok(stage, ["restart", "ali*"]);
    const second = await pidAtVenue("alice", first);
    expect(restarted).toMatch(new RegExp(`^alice: It runs as pid ${second}\\. \\(after \\d+\\.\\d s\\)$`));
    expect(await ok(stage, ["rotate", "alice"])).toMatch(/^alice: It leaves through ams-1 .* \(after /);
    expect(await ok(stage, ["start", "alice"])).toMatch(/^alice: It runs already\./);

    const stopped = JSON.parse(await ok(stage, ["stop", "--all", "--json"]));
    expect(stopped).toMatchObject({ version: 1, verb: "stop" });
    expect(stopped.units).toEqual([
      { unit: "alice", kind: "bot", outcome: "done", text: "It stopped.", took_ms: expect.any(Number) },
      expect.objectContaining({ unit: "bob", outcome: "done" }),
      expect.objectContaining({ unit: "funding", kind: "collector", outcome: "done" }),
    ]);
    expect(await launcher.ended).toBe(0);
    expect(sockets()).toEqual([]);
    expect(await ok(stage, ["stop", "alice"])).toMatch(/^alice: It does not run, and stays stopped\./);
    const events = await ok(stage, ["events", "--account", "alice"]);
    expect(events).toContain("The bot alice is to stay stopped.");
    expect(events).toContain("The bot alice was asked to restart.");
  });

  test("what was stopped stays stopped where a program of the host starts it, and runs again by hand", async () => {
    await ok(stage, ["stop", "alice"]);
    const managed = await stage.launch(["bot", "--account", "alice", "--managed"]);
    expect([managed.exitCode, managed.stderr]).toEqual([
      0,
      expect.stringMatching(
        /^alice stays stopped: user:\S+ stopped it \d+ s ago\. `launch start alice` ends that\.$/m,
      ),
    ]);
    const started = await stage.launch(["start", "alice"]);
    expect([started.exitCode, started.stdout]).toEqual([1, expect.stringContaining("`launch up alice`")]);
    await ok(stage, ["stop", "alice"]);
    const byHand = await startBot(stage, "alice", "fra-1");
    await byHand.line(/wanted up again/);
    await ok(stage, ["stop", "alice"]);
    await ok(stage, ["start", "alice"]).catch(() => {});
    expect(await byHand.ended).toBe(0);
  });

  test("a launcher that was killed leaves a socket that the next command takes for dead and takes away", async () => {
    const launcher = await startBot(stage, "alice", "fra-1");
    const socket = socketOf(launcher);
    launcher.signal("SIGKILL");
    await launcher.ended;
    expect(existsSync(socket)).toBe(true);
    expect(await ok(stage, ["stop", "alice"])).toMatch(
      new RegExp(
        `^alice: Its launcher \\(pid ${launcher.pid}\\) is gone without having ended it, and the socket that it left was taken away\\. It does not run`,
      ),
    );
    expect(existsSync(socket)).toBe(false);
    const checked = await stage.launch(["check", "alice", "--live"]);
    expect([checked.exitCode, checked.stdout]).toEqual([1, "alice: no launcher of this state folder has it"]);
  });

  test("a launcher that is suspended is named within a bounded time", async () => {
    const launcher = await startBot(stage, "bob", "zrh-1");
    launcher.signal("SIGSTOP");
    const stopped = await stage.launch(["stop", "bob"]);
    expect([stopped.exitCode, stopped.stdout]).toEqual([
      1,
      expect.stringMatching(
        new RegExp(
          `^bob: Its launcher \\(pid ${launcher.pid}\\) is suspended .* within 2 s: .*kill -CONT ${launcher.pid}`,
        ),
      ),
    ]);
    const checked = await stage.launch(["check", "bob"]);
    expect([checked.exitCode, checked.stdout]).toEqual([
      1,
      expect.stringContaining(`pid ${launcher.pid} did not`),
    ]);
    launcher.signal("SIGKILL");
    await launcher.ended;
  });

  test.runIf(process.getuid?.() === 0)(
    "another user's socket is refused, and the database asked instead",
    async () => {
      const launcher = await startBot(stage, "alice", "fra-1");
      const socket = socketOf(launcher);
      chownSync(socket, 65_534, 65_534);
      const asked = await ok(stage, ["restart", "alice", "--wait"]);
      expect(asked).toMatch(/^alice: It runs as pid \d+\. \(.* belongs to another user \(uid 65534\)\.\)/);
      const checked = await stage.launch(["check", "alice"]);
      expect(checked.exitCode).toBe(1);
      await launcher.end();
    },
  );

  test("what is mistyped is named before anybody is asked", async () => {
    const one = await stage.launch(["stop", "alcie"]);
    expect([one.exitCode, one.stderr]).toEqual([64, expect.stringContaining('Did you mean "alice"?')]);
    const pattern = await stage.launch(["stop", "spot-*"]);
    expect([pattern.exitCode, pattern.stderr]).toEqual([64, expect.stringContaining('named like "spot-*"')]);
    const none = await stage.launch(["stop"]);
    expect([none.exitCode, none.stderr]).toEqual([64, expect.stringContaining("--all")]);
  });
});
