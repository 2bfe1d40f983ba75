import { type ExitIp, parseIp } from "../../../lib/domain/ip.ts";
import type { ProcessIdentity } from "../../../lib/domain/run/lease.ts";
import type { AlertStore } from "../../../lib/ports/alerts/alert-store.ts";
import type { Dial } from "../../../lib/ports/exit-witness.ts";
import type { Journal } from "../../../lib/ports/journal.ts";
import type { ProcessTable } from "../../../lib/ports/process-table.ts";
import type { LiveVault } from "../../../lib/ports/vault.ts";
import type { LauncherPorts } from "../../../lib/supervisor/unit/ports.ts";
import { databaseLink } from "../around/database.ts";
import { type HostNet, hostNet } from "../around/net.ts";
import type { HostClock } from "../time/host-clock.ts";
import type { Machine, RunningLauncher, World } from "../world.ts";
import { live } from "./bot-life.ts";
import { botSockets, worldSpawner } from "./bots.ts";
import { hostLocks } from "./host-locks.ts";
import { isLiving } from "./living.ts";

/** One process of a launcher, as its ports need it. */
interface Process {
  readonly pid: number;
  readonly clock: HostClock;
  readonly present: () => RunningLauncher;
}

/** Everything that a launcher of this world reaches it through. */
export function launcherPorts(
  world: World,
  machine: Machine,
  { pid, clock, present }: Process,
): { readonly ports: LauncherPorts; readonly net: HostNet; readonly alerts: AlertStore } {
  const { host, processes } = machine;
  const { truth, proxies, onCall, database } = world;
  const chance = world.chance.apart(`launcher ${pid}`);
  const nowMs = () => world.time.nowMs();
  const link = databaseLink(world.rows, {
    host,
    truth: database,
    clock,
    chance: chance.apart("database"),
    onCall,
  });
  const net = hostNet({ host, truth, proxies, clock, chance: chance.apart("net"), nowMs });
  const sockets = botSockets({
    clock,
    processes,
    readInside: (name, witness) => readInside(world, net, name, witness),
  });
  const spawner = worldSpawner({
    processes,
    clock,
    sockets,
    dialOf: dialOf(net),
    onStart: (process) => live(world, { machine, launcher: present(), sockets }, process),
  });
  const ports: LauncherPorts = {
    store: link.store,
    vault: noVault,
    relays: net.relays,
    witness: net.witness,
    venueProbe: net.venueProbe,
    control: net.control,
    hostKey: host,
    spawner,
    channels: sockets,
    processes: tableOf(world, machine, identityOf(host, pid, nowMs())),
    hostLocks: hostLocks(machine.locks, (other) => isLiving(world, other)),
    operators: { listen: async (path) => ({ path, close: async () => {} }) },
    clock,
    random: { uuid: chance.uuid, random01: chance.random01 },
    journal: journalOf(world, host),
  };
  return { ports, net, alerts: link.alerts };
}

function identityOf(host: string, pid: number, startTicks: number): ProcessIdentity {
  return { host, machineId: host, bootId: "boot", pidNamespace: "4026531836", pid, startTicks };
}

function journalOf({ log, time }: World, host: string): Journal {
  return {
    say: ({ unit, text }) => log.note(time.nowMs(), `say ${host} ${unit ?? ""} ${text}`),
  };
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
