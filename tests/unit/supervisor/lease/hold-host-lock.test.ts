import { expect, test } from "vitest";
import type { RunId } from "../../../../lib/domain/ids.ts";
import type { HostLockKey, HostLocks, HostLockTaking } from "../../../../lib/ports/host/host-lock.ts";
import { holdHostLock } from "../../../../lib/supervisor/lease/hold-host-lock.ts";
import {
  sampleBotSettings,
  sampleCollector,
  sampleCollectorSettings,
} from "../../../support/fleet/sample-units.ts";
import { sampleProcess } from "../../../support/sample-facts.ts";

interface World {
  readonly taking: HostLockTaking;
  readonly isStopped?: boolean;
  readonly killSurvivors?: () => Promise<readonly []>;
}

function portsOf({ taking, isStopped = false, killSurvivors }: World) {
  const asked: HostLockKey[] = [];
  const killed: RunId[] = [];
  const hostLocks: HostLocks = {
    take: async (key) => {
      asked.push(key);
      return taking;
    },
  };
  const kill = async (runId: RunId) => {
    killed.push(runId);
    return [];
  };
  const processes = {
    self: () => sampleProcess(),
    judge: () => "alive" as const,
    isStopped: () => isStopped,
  };
  return { asked, killed, hostLocks, processes, spawner: { killSurvivors: killSurvivors ?? kill } };
}

function heldWith(left: readonly RunId[]) {
  const released: (readonly RunId[])[] = [];
  const release = (mayLive: readonly RunId[]) => void released.push(mayLive);
  return { released, taking: { kind: "held", lock: { left, release } } as const };
}

const left = ["run-a", "run-b"] as RunId[];
const holder = {
  runId: "other" as RunId,
  launcher: sampleProcess({ host: "host-a", pid: 77 }),
  database: "postgres://db.example/desk",
  folder: "/srv/other",
};

test("what a dead holder left is killed before the lock is given out", async () => {
  const { taking } = heldWith(left);
  const ports = portsOf({ taking });
  expect(await holdHostLock(ports, sampleBotSettings())).toBe(taking.lock);
  expect(ports.killed).toEqual(left);
});

test("what cannot be killed keeps the unit from starting, and is named for the next holder", async () => {
  const { taking, released } = heldWith(left);
  const ports = portsOf({ taking, killSurvivors: () => Promise.reject(new Error("EPERM")) });
  await expect(holdHostLock(ports, sampleBotSettings())).rejects.toThrow("EPERM");
  expect(released).toEqual([left]);
});

test("a holder is named with pid, folder and database, and how to end it, also when it is stopped", async () => {
  const taking = { kind: "taken", holder, place: "/run/launch" } as const;
  const settings = sampleBotSettings();
  await expect(holdHostLock(portsOf({ taking }), settings)).rejects.toMatchObject({
    code: "LAUNCH_LEASE_HELD",
    exitStatus: 75,
    message:
      'The bot "alice" already runs on host-a (launcher pid 77), started in /srv/other with the database postgres://db.example/desk, another database than this folder\'s (embedded in /state).',
    hint: "Stop it with `launch stop alice`, or see it with `launch status alice`, in /srv/other.",
  });
  await expect(holdHostLock(portsOf({ taking, isStopped: true }), settings)).rejects.toMatchObject({
    message: expect.stringContaining("(launcher pid 77, stopped)"),
    hint: expect.stringContaining("kill -CONT 77"),
  });
});

test("a record that cannot be read while a launcher lives refuses the start and names the file", async () => {
  const taking = { kind: "unreadable", file: "/run/launch/id/5", place: "/run/launch" } as const;
  await expect(holdHostLock(portsOf({ taking }), sampleBotSettings())).rejects.toMatchObject({
    code: "LAUNCH_LEASE_HELD",
    exitStatus: 75,
    message: expect.stringContaining("/run/launch/id/5"),
    hint: expect.stringContaining("remove /run/launch/id/5"),
  });
});

test("a bot is locked by its account's id, a collector by state folder and name, one of many not at all", async () => {
  const { taking } = heldWith([]);
  const ports = portsOf({ taking });
  const bot = sampleBotSettings();
  await holdHostLock(ports, bot);
  await holdHostLock(ports, sampleCollectorSettings());
  const many = sampleCollectorSettings({ unit: sampleCollector({ instances: "many" }) });
  expect(await holdHostLock(ports, many)).toBeUndefined();
  expect(ports.asked).toEqual([
    { kind: "bot", accountId: bot.accountId },
    { kind: "collector", stateFolder: "/state", name: "funding" },
  ]);
});
