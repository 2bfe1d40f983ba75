import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningLaunch } from "../lab/launch-command.ts";
import type { Stage } from "../lab/stage.ts";
import { addAccount, e2eStage, ok, pidOf, readyOn, seenAtVenue, startBot } from "../support/e2e-stage.ts";
import { eventually } from "../support/eventually.ts";
import { signal } from "../support/processes/signal.ts";

const program = fileURLToPath(new URL("../fixtures/bots/asks-venue.py", import.meta.url));
const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";
/** Of the real default a minute; a quick run takes a tenth of everything. */
const [lostAfter, hold] = isFull ? ["60s", "30"] : ["10s", "6"];

let stage: Stage;
let launcher: RunningLaunch;

beforeAll(async () => {
  stage = await e2eStage({
    proxies: { "fra-1": "http" },
    yaml: ({ venuePort }) => {
      const env = `{ VENUE_URL: "https://venue.test:${venuePort}", HOLD: "${hold}" }`;
      return [
        `defaults: { stop: { grace: 2s }, heartbeat: { lost_after: ${lostAfter} } }`,
        `bots: { alice: { command: [/usr/bin/python3, ${JSON.stringify(program)}], ports: [${venuePort}], env: ${env} } }`,
      ].join("\n");
    },
  });
  await addAccount(stage, "alice", ["fra-1"]);
});
afterAll(() => stage.close());

interface ShownRun {
  readonly heartbeat_at: string | null;
  readonly reason: string | null;
  readonly restarts: number;
  readonly pid: number;
}

async function shown(): Promise<ShownRun | undefined> {
  const { runs } = JSON.parse(await ok(stage, ["ps", "--running", "--json"])) as {
    readonly runs: readonly ShownRun[];
  };
  return runs[0];
}

test("a Python bot shows heartbeats, keeps its exit while something holds its lock, and is restarted when it is stopped", async () => {
  launcher = await startBot(stage, "alice", "fra-1");
  const first = pidOf(await seenAtVenue(stage, ({ account }) => account === "alice"));
  expect(await eventually(shown, (run) => run?.heartbeat_at != null)).toMatchObject({
    restarts: 0,
    pid: first,
  });

  signal(first, "SIGUSR2");
  const held = stage.venue.entries.length;
  // Nothing arrives while the lock is held; the first request after it is the same process's.
  expect(pidOf(await seenAtVenue(stage, ({ at }) => at > Date.now() - 1_000, held + 3))).toBe(first);
  expect(await shown()).toMatchObject({ restarts: 0 });

  signal(first, "SIGSTOP");
  await launcher.line(/the bot hangs/, 120_000);
  const again = await seenAtVenue(stage, (entry) => pidOf(entry) !== first, held);
  expect(again).toMatchObject({ account: "alice", peer: "127.0.0.11" });
  launcher.signal("SIGTERM");
  expect(await launcher.ended).toBe(0);
});

test("a Python bot that was started with -I is held on its exit, and ps says why it shows no heartbeat", async () => {
  launcher = stage.start(["bot", "--account", "alice", "--", "/usr/bin/python3", "-I", program]);
  await readyOn(stage, launcher, "fra-1");
  await launcher.line(/shows no heartbeat: it was started with -I/);
  expect(await eventually(shown, (run) => run?.reason != null)).toMatchObject({
    heartbeat_at: null,
    reason: "shows no heartbeat: it was started with -I",
  });
  launcher.signal("SIGTERM");
  expect(await launcher.ended).toBe(0);
});
