import { alertDefaults } from "../../../lib/domain/alerts/notify-settings.ts";
import type { DeclaredUnit } from "../../../lib/domain/desk/unit-care.ts";
import { type ExitIp, parseIp } from "../../../lib/domain/ip.ts";
import { switchDefaults } from "../../../lib/domain/reputation/switch-rules.ts";
import type { ProcessIdentity } from "../../../lib/domain/run/lease.ts";
import { requireAccount } from "../../../lib/operations/find-by-name.ts";
import type { AlertChannel } from "../../../lib/ports/alerts/alert-channel.ts";
import type { OutageBook } from "../../../lib/ports/alerts/outage-book.ts";
import type { Random } from "../../../lib/ports/clock.ts";
import type { Dial } from "../../../lib/ports/exit-witness.ts";
import type { OperatorHandler } from "../../../lib/ports/operator-channel.ts";
import type { ProcessTable } from "../../../lib/ports/process-table.ts";
import type { LiveVault } from "../../../lib/ports/vault.ts";
import { AlertLoop } from "../../../lib/supervisor/alerts/alert-loop.ts";
import { OutageWatch } from "../../../lib/supervisor/alerts/outage-watch.ts";
import { Desk } from "../../../lib/supervisor/desk/desk.ts";
import { deskOperators } from "../../../lib/supervisor/desk/desk-operators.ts";
import { Launcher } from "../../../lib/supervisor/launcher.ts";
import type { LauncherPorts } from "../../../lib/supervisor/unit/ports.ts";
import { sampleBot, sampleLauncherSettings } from "../../support/fleet/sample-units.ts";
import { databaseLink } from "../around/database.ts";
import { witnesses } from "../around/layout.ts";
import { type HostNet, hostNet } from "../around/net.ts";
import { type HostClock, hostClock } from "../time/host-clock.ts";
import type { World } from "../world.ts";
import { live } from "./bot-life.ts";
import { botSockets, type HostProcesses, type WorldProcess, worldSpawner } from "./bots.ts";
import { type HeldLocks, hostLocks } from "./host-locks.ts";
import { outageBook } from "./outage-books.ts";

/** A host, which has one launcher at a time and starts it again when it ends. */
export interface Machine {
  readonly host: string;
  readonly wall: { offMs: number };
  readonly processes: HostProcesses;
  readonly locks: HeldLocks;
  readonly book: OutageBook;
  present: RunningLauncher | undefined;
}

/** One process of the launcher. */
export interface RunningLauncher {
  readonly identity: ProcessIdentity;
  readonly clock: HostClock;
  readonly net: HostNet;
  readonly desk: Desk;
  readonly said: string[];
  isFrozen: boolean;
  isDead: boolean;
}

export function openMachine(world: World, host: string): Machine {
  const chance = world.chance.apart(`processes ${host}`);
  const processes = { all: new Set<WorldProcess>(), nextPid: world.nextPid, time: world.time, chance };
  return { host, wall: { offMs: 0 }, processes, locks: new Map(), book: outageBook(), present: undefined };
}

/** Starts the host's launcher. */
export function startLauncher(world: World, machine: Machine): void {
  const { host, processes } = machine;
  const { time, truth, log } = world;
  const pid = world.nextPid();
  const chance = world.chance.apart(`launcher ${pid}`);
  const clock = hostClock(time, machine.wall);
  const identity: ProcessIdentity = {
    host,
    machineId: host,
    bootId: "boot",
    pidNamespace: "4026531836",
    pid,
    startTicks: time.nowMs(),
  };
  const said: string[] = [];
  const random: Random = { uuid: chance.uuid, random01: chance.random01 };
  const journal = {
    say: ({ unit, text }: { readonly unit: string | undefined; readonly text: string }) => {
      said.push(text);
      log.note(time.nowMs(), `say ${host} ${unit ?? ""} ${text}`);
    },
  };
  const link = databaseLink(world.rows, {
    host,
    truth: world.database,
    clock,
    chance: chance.apart("database"),
    onCall: world.onCall,
  });
  const net = hostNet({
    host,
    truth,
    proxies: world.proxies,
    clock,
    chance: chance.apart("net"),
    nowMs: () => time.nowMs(),
  });
  const sockets = botSockets({
    clock,
    processes,
    readInside: (name, witness) => readInside(world, net, name, witness),
  });
  const ports: LauncherPorts = {
    store: link.store,
    vault: noVault,
    relays: net.relays,
    witness: net.witness,
    venueProbe: net.venueProbe,
    control: net.control,
    hostKey: host,
    spawner: worldSpawner({
      processes,
      clock,
      sockets,
      dialOf: dialOf(net),
      onStart: (process) => live(world, { machine, launcher, sockets }, process),
    }),
    channels: sockets,
    processes: tableOf(world, machine, identity),
    hostLocks: hostLocks(machine.locks, (other) => isLiving(world, other)),
    operators: { listen: async (path) => ({ path, close: async () => {} }) },
    clock,
    random,
    journal,
  };
  const units = new Launcher(
    ports,
    sampleLauncherSettings({
      witnesses,
      directWitnesses: witnesses,
      hasProbes: world.options.hasProbes,
      switchRules: switchDefaults,
    }),
  );
  const desk = new Desk(
    {
      clock,
      random,
      journal,
      store: link.store,
      async start(unit, hooks) {
        if (unit.kind === "collector") throw new Error("this world has no collectors");
        const { id: accountId } = await requireAccount(link.store, unit.name);
        const tier = Number(unit.name.slice(4)) % 2 === 0 ? "kernel" : "preload";
        return units.start({ unit, accountId, tier, runtime: "node" }, hooks);
      },
      output: () => ({ ...silent, end: () => {} }),
      askReady: async () => undefined,
      isHeldHere: async (key) => {
        const runs = await link.store.runs.live();
        return runs.some(
          ({ lease, launcher: of }) =>
            lease?.unitKey === key && of !== undefined && isLiving(world, of) && of.host === host,
        );
      },
      memoryOf: () => new Map(),
      onFirst: () => {},
      onSettled: () => {},
      minuteOfDay: () => 0,
    },
    4,
  );
  const launcher: RunningLauncher = { identity, clock, net, desk, said, isFrozen: false, isDead: false };
  machine.present = launcher;
  log.note(time.nowMs(), `launcher ${host} ${pid}`);
  const channels = [channelOf(world, launcher)];
  const alerts = !world.options.hasAlerts
    ? undefined
    : new AlertLoop(
        {
          store: link.alerts,
          clock,
          random,
          journal,
          runs: link.store.runs,
          outage: new OutageWatch(
            { book: machine.book, clock, random },
            { channels, host, place: "the world" },
          ),
        },
        {
          notify: { channels: [channelSettings], pings: [], rules: alertDefaults, quietHours: undefined },
          channels,
          pings: [],
          self: { host, pid },
          place: "the world",
        },
      );
  const ends = async (): Promise<void> => {
    await units.answerBy(watched(world, deskOperators(desk, units))).catch(() => {});
    await desk.run(unitsFor(world, host));
    await units.close();
    await alerts?.stop();
    if (!launcher.isDead) endLauncher(world, machine, "done");
  };
  void ends();
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
  // The watch that the launcher left behind ends them, mostly at once.
  const orphans = [...processes.all];
  time.after(chance.between(1, chance.isOneIn(8) ? 15_000 : 300), () => {
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
      care: { after: [], ready: undefined, memoryLimitBytes: undefined, restartAt: undefined },
    }));
}

function isLiving(world: World, identity: ProcessIdentity): boolean {
  const present = world.machines.find(({ host }) => host === identity.host)?.present;
  return present !== undefined && present.identity.pid === identity.pid;
}

function tableOf(world: World, { host, processes }: Machine, identity: ProcessIdentity): ProcessTable {
  return {
    self: () => identity,
    startTicks: (pid) => [...processes.all].find((process) => process.pid === pid)?.startedAtMs,
    isStopped: () => false,
    judge: (other) => {
      if (other.host !== host) return "elsewhere";
      return isLiving(world, other) ? "alive" : "dead";
    },
    withRunId: (runId) =>
      [...processes.all].filter((process) => process.runId === runId).map(({ pid }) => pid),
    inGroup: (pgid) => [...processes.all].filter(({ pid }) => pid === pgid).map(({ pid }) => pid),
    program: () => "node",
    inNetwork: () => [],
  };
}

function dialOf(net: HostNet) {
  return (name: string): Dial =>
    (...words) => {
      const relay = net.relayOf(name);
      return relay === undefined ? Promise.reject(new Error(`no relay of ${name}`)) : relay.dial(...words);
    };
}

function readInside({ truth }: World, net: HostNet, name: string, witness: string): string | undefined {
  const relay = net.relayOf(name);
  if (relay?.gate !== "open" || truth.isWitnessDown.has(witness)) return undefined;
  const way = net.leave(relay.label());
  if ("scope" in way) return undefined;
  const exitIp = truth.lies.get(witness) ?? way.exitIp;
  net.noteSeen(way, { exitIp: parseIp(exitIp) as ExitIp, witness });
  return exitIp;
}

// Each row of `requests` is carried out once.
function watched(world: World, handler: OperatorHandler): OperatorHandler {
  return {
    ...handler,
    ask: (unitKey, request) => {
      world.judge.asked(unitKey, request);
      return handler.ask(unitKey, request);
    },
  };
}

const channelSettings = {
  name: "people",
  topics: undefined,
  quietHours: undefined,
  kind: "webhook",
  url: "https://people.test/",
  secret: { path: "/secret" },
} as const;

function channelOf(
  world: World,
  launcher: { readonly identity: ProcessIdentity; readonly clock: HostClock },
): AlertChannel {
  return {
    settings: channelSettings,
    canEdit: true,
    async deliver(delivery) {
      const { clock, identity } = launcher;
      const by = identity.pid;
      // What is on its way arrives, whatever becomes of the sender meanwhile.
      const isTaken = await new Promise<boolean>((resolve) => {
        world.time.after(world.chance.between(20, 2_000), () => {
          if (!world.channel.isDown) world.judge.delivered(delivery, by);
          const isUp = !world.channel.isDown;
          clock.deliver(world.chance.between(20, 200), () => resolve(isUp));
        });
      });
      if (!isTaken) return { kind: "failed", why: "people.test answered 503" };
      return { kind: "sent", receipt: delivery.id, answer: "200" };
    },
  };
}

const noVault: LiveVault = {
  keyIds: [],
  seal: () => {
    throw new Error("not in this world");
  },
  open: () => ({ kind: "unopenable", why: "not in this world" }),
  reseal: () => ({ kind: "unopenable", why: "not in this world" }),
  fingerprints: () => [],
  refresh: async () => false,
};
