import type { DeclaredUnit } from "../../../lib/domain/desk/unit-care.ts";
import { switchDefaults } from "../../../lib/domain/reputation/switch-rules.ts";
import { requireAccount } from "../../../lib/operations/find-by-name.ts";
import type { OperatorHandler } from "../../../lib/ports/operator-channel.ts";
import { Desk } from "../../../lib/supervisor/desk/desk.ts";
import { deskOperators } from "../../../lib/supervisor/desk/desk-operators.ts";
import type { DeskPorts } from "../../../lib/supervisor/desk/desk-ports.ts";
import { Launcher } from "../../../lib/supervisor/launcher.ts";
import type { LauncherPorts } from "../../../lib/supervisor/unit/ports.ts";
import { sampleBot, sampleLauncherSettings } from "../../support/fleet/sample-units.ts";
import { witnesses } from "../around/layout.ts";
import { hostClock } from "../time/host-clock.ts";
import type { Machine, RunningLauncher, World } from "../world.ts";
import type { WorldProcess } from "./bots.ts";
import { launcherPorts } from "./launcher-ports.ts";
import { isLiving } from "./living.ts";
import { outageBook } from "./outage-books.ts";
import { tellPeople } from "./telling.ts";

/** A host of which nothing runs yet. */
export function openMachine(world: World, host: string): Machine {
  const chance = world.chance.apart(`processes ${host}`);
  const processes = { all: new Set<WorldProcess>(), nextPid: world.nextPid, time: world.time, chance };
  return {
    host,
    wall: { offMs: 0, setAtMs: Number.NEGATIVE_INFINITY },
    processes,
    locks: new Map(),
    book: outageBook(),
    present: undefined,
  };
}

/** Starts the host's launcher. */
export function startLauncher(world: World, machine: Machine): void {
  const { host } = machine;
  const { time, log, options } = world;
  const pid = world.nextPid();
  const clock = hostClock(time, machine.wall);
  const { ports, net, alerts } = launcherPorts(world, machine, {
    pid,
    clock,
    present: () => launcher,
  });
  const units = new Launcher(
    ports,
    sampleLauncherSettings({
      witnesses,
      directWitnesses: witnesses,
      hasProbes: options.hasProbes,
      switchRules: switchDefaults,
      leaseTtlMs: options.leaseTtlMs,
    }),
  );
  const desk = new Desk(deskPorts(world, { host, ports, units }), 4);
  const identity = ports.processes.self();
  const launcher: RunningLauncher = { identity, clock, net, desk, isFrozen: false, isDead: false };
  machine.present = launcher;
  log.note(time.nowMs(), `launcher ${host} ${pid}`);
  const told = tellPeople(world, machine, { ports, alerts, at: clock });
  const live = async (): Promise<void> => {
    await units.answerBy(watched(world, deskOperators(desk, units))).catch(() => {});
    await desk.run(unitsFor(world, host));
    await units.close();
    await told?.stop();
    if (!launcher.isDead) endLauncher(world, machine, "done");
  };
  void live();
}

function deskPorts(
  world: World,
  { host, ports, units }: { readonly host: string; readonly ports: LauncherPorts; readonly units: Launcher },
): DeskPorts {
  const { clock, random, journal, store } = ports;
  return {
    clock,
    random,
    journal,
    store,
    reservations: units.reservations,
    tellIdle: (idle) => units.tellIdle(idle),
    // No start of this world fails for good.
    recordFailed: async () => {},
    async start(unit, hooks, reserved) {
      if (unit.kind === "collector") throw new Error("this world has no collectors");
      const { id: accountId } = await requireAccount(store, unit.name);
      const tier = Number(unit.name.slice(4)) % 2 === 0 ? "kernel" : "preload";
      return units.start({ unit, accountId, tier, runtime: "node" }, hooks, reserved);
    },
    output: () => ({ ...silent, end: () => {} }),
    askReady: async () => undefined,
    isHeldHere: async (key) => {
      const runs = await store.runs.live();
      return runs.some(
        ({ lease, launcher: of }) =>
          lease?.unitKey === key && of !== undefined && isLiving(world, of) && of.host === host,
      );
    },
    memoryOf: () => new Map(),
    onFirst: () => {},
    onSettled: () => {},
    minuteOfDay: () => 0,
  };
}

const silentStream = { write: () => true, drained: async () => {} };
const silent = { stdout: silentStream, stderr: silentStream };

/** By SIGKILL, or at its end: what it ran ends a moment later, and the host starts it again. */
export function endLauncher(world: World, machine: Machine, how: "killed" | "done"): void {
  const { present, host, processes } = machine;
  if (present === undefined) return;
  const { time, log, chance } = world;
  log.note(time.nowMs(), `launcher ${host} ${present.identity.pid} ${how}`);
  present.isDead = true;
  present.clock.end();
  machine.present = undefined;
  if (how === "killed") world.troubles.launcherKilledMs.push(time.nowMs());
  // The watch that the launcher left behind ends them, mostly at once; where it was killed as well, only the next launcher here does.
  const orphans = [...processes.all];
  const mostMs = chance.isOneIn(8) ? 15_000 : how === "killed" && chance.isOneIn(8) ? 900_000 : 300;
  time.after(chance.between(1, mostMs), () => {
    for (const process of orphans) process.end({ code: undefined, signal: "KILL" });
  });
  time.after(chance.between(500, 20_000), () => {
    if (machine.present === undefined) startLauncher(world, machine);
  });
}

/** The units of that host's launch.yaml. */
function unitsFor({ layout, options }: World, host: string): readonly DeclaredUnit[] {
  const isMine = (index: number): boolean =>
    (layout.hosts.indexOf(host) + index) % layout.hosts.length < options.hostsPerUnit;
  return layout.accounts
    .filter((_, index) => isMine(index))
    .map(({ name }) => ({
      unit: sampleBot({
        name,
        // Half of them hold without an exit, the others end and are tried again.
        onNoProxy: Number(name.slice(4)) % 3 === 0 ? "exit" : "hold",
        onLost: Number(name.slice(4)) % 4 === 0 ? ["cancel-orders"] : undefined,
      }),
      care: { after: [], ready: undefined, restartAt: undefined },
    }));
}

// Each row of `requests` is carried out once.
function watched(world: World, handler: OperatorHandler): OperatorHandler {
  return {
    ...handler,
    ask: async (unitKey, request) => {
      const answer = await handler.ask(unitKey, request);
      world.judge.answered(unitKey, request, answer);
      return answer;
    },
  };
}
