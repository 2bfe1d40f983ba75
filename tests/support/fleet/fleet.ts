import { networkControl } from "../../../lib/adapters/exit-witness/network-control.ts";
import type { Account, VenueName } from "../../../lib/domain/account.ts";
import type { AssignmentId, RunId } from "../../../lib/domain/ids.ts";
import { exitKeyOf, parseIp } from "../../../lib/domain/ip.ts";
import type { Proxy } from "../../../lib/domain/proxy/proxy.ts";
import type { HealthState } from "../../../lib/domain/proxy/proxy-health.ts";
import { type SwitchRules, switchDefaults } from "../../../lib/domain/reputation/switch-rules.ts";
import { leaseTtl, type ProcessIdentity } from "../../../lib/domain/run/lease.ts";
import { botKey } from "../../../lib/domain/run/unit-key.ts";
import type { Ending } from "../../../lib/policy/machine/state.ts";
import { loadVenueBook } from "../../../lib/policy/verdict/venues/load-book.ts";
import type { Clock, Random } from "../../../lib/ports/clock.ts";
import type { Dial } from "../../../lib/ports/exit-witness.ts";
import type { Notice } from "../../../lib/ports/journal.ts";
import type { Store } from "../../../lib/ports/store/store.ts";
import type { LiveVault } from "../../../lib/ports/vault.ts";
import { Launcher } from "../../../lib/supervisor/launcher.ts";
import type { LauncherPorts } from "../../../lib/supervisor/unit/ports.ts";
import type { Runner } from "../../../lib/supervisor/unit/runner.ts";
import { type FakeClock, fakeClock } from "../fake-clock.ts";
import { launcherOf } from "../memory-store/leases.ts";
import { emptyState, type Memory } from "../memory-store/state.ts";
import { memoryStoreOver } from "../memory-store.ts";
import { sampleAccount, sampleProcess, sampleProxy } from "../sample-facts.ts";
import { type FakeHost, fakeChannels, fakeHost, fakeSpawner, fakeTable, freeHostLocks } from "./fake-host.ts";
import {
  type FakeNet,
  type FakeRelay,
  fakeRelays,
  fakeVenueProbe,
  fakeWitness,
  witnesses,
} from "./fake-net.ts";
import { type FaultyStore, faultyStore } from "./faulty-store.ts";
import { sampleLauncherSettings } from "./sample-units.ts";

/** One launcher of the fleet: a host, its link to the database, its clock, which stands still while it is frozen. */
export interface FleetLauncher {
  readonly host: FakeHost;
  readonly link: FaultyStore;
  readonly relays: FakeRelay[];
  readonly said: Notice[];
  readonly runs: FleetRun[];
  readonly ports: LauncherPorts;
  /** The launcher itself. */
  readonly units: Launcher;
  isFrozen: boolean;
  isDead: boolean;
  /** What the timers and answers that came while it was frozen lead to, now. */
  thaw(): void;
  /** As by SIGKILL with `setpriv --pdeathsig KILL`: nothing of it goes on. */
  die(): void;
}

export interface FleetRun {
  readonly runner: Runner;
  readonly account: Account;
  readonly runId: RunId;
  ending: Ending | undefined;
}

/** Accounts, proxies, launchers and one database on one fake clock. */
export interface Fleet {
  readonly clock: FakeClock;
  readonly net: FakeNet;
  readonly memory: Memory;
  readonly store: Store;
  readonly launchers: FleetLauncher[];
  readonly accounts: Map<string, Account>;
  /** What must never be and was. */
  readonly faults: string[];
  /** Starts a launcher on the named host. */
  addLauncher(host: string): FleetLauncher;
}

export interface FleetShape {
  /** Exit IP by proxy label. */
  readonly proxies: Readonly<Record<string, string>>;
  /** Proxy labels, best first, by account. */
  readonly accounts: Readonly<Record<string, readonly string[]>>;
  /** Host names; the same name twice is two launchers on one machine. */
  readonly hosts: readonly string[];
  /** Checked after every moment. */
  readonly watch?: (fleet: Fleet) => readonly string[];
  readonly random01?: () => number;
  /** Whether standbys and venues are probed in the background; off unless asked for. */
  readonly hasProbes?: boolean;
  /** Over the built-in ones. */
  readonly switchRules?: Partial<SwitchRules>;
  /** Those that a run asks; the usual two where none are given. */
  readonly witnesses?: readonly string[];
  /** Without one no proxy needs a credential. */
  readonly vault?: LiveVault;
}

export async function openFleet(shape: FleetShape): Promise<Fleet> {
  await loadWhatIsLoadedWhenUsed();
  const clock = fakeClock(() => look());
  // The server has a wall clock of its own.
  const memory: Memory = { state: emptyState(), now: () => clock.now() };
  const store = memoryStoreOver(memory);
  const net: FakeNet = {
    proxies: new Map(),
    areWitnessesDown: false,
    directIp: "192.0.2.1",
    directIpv6: undefined,
    onAsk: () => {},
    venueAnswers: () => ({ status: 200, body: "{}" }),
  };
  const faults: string[] = [];
  let lastPid = 100;
  const fleet: Fleet = {
    clock,
    net,
    memory,
    store,
    launchers: [],
    accounts: new Map(),
    faults,
    addLauncher(host) {
      const identity = sampleProcess({ host, machineId: host, pid: lastPid++ });
      const launcher = openLauncher(fleet, identity, {
        look,
        random01: shape.random01 ?? (() => 0.5),
        asked: shape.witnesses ?? witnesses,
        vault: shape.vault ?? noVault,
        switchRules: { ...switchDefaults, ...shape.switchRules },
        hasProbes: shape.hasProbes ?? false,
      });
      fleet.launchers.push(launcher);
      return launcher;
    },
  };
  const look = () => {
    for (const fault of shape.watch?.(fleet) ?? []) if (!faults.includes(fault)) faults.push(fault);
  };
  for (const [label, exitIp] of Object.entries(shape.proxies)) {
    net.proxies.set(label, { label, exitIp, fault: "none" });
    await store.proxies.create(sampleProxy({ label }));
  }
  for (const [name, labels] of Object.entries(shape.accounts)) {
    const account = sampleAccount({ name });
    fleet.accounts.set(name, account);
    await store.accounts.create(account);
    for (const [index, label] of labels.entries()) {
      const id = `${name}-${label}` as AssignmentId;
      await store.accounts.assign({
        id,
        accountId: account.id,
        proxyId: (await proxyOf(fleet, label)).id,
        priority: index + 1,
      });
    }
  }
  for (const host of shape.hosts) fleet.addLauncher(host);
  return fleet;
}

// The fake clock does not wait for files to be read.
async function loadWhatIsLoadedWhenUsed(): Promise<void> {
  await Promise.all([
    import("../../../lib/supervisor/unit/switching/prepare-switch.ts"),
    import("../../../lib/supervisor/unit/switching/permits.ts"),
    loadVenueBook(["binance" as VenueName], []),
  ]);
}

export async function proxyOf(fleet: Fleet, label: string): Promise<Proxy> {
  const proxy = await fleet.store.proxies.find(label);
  if (proxy === undefined) throw new Error(`no proxy ${label}`);
  return proxy;
}

interface Surroundings {
  readonly look: () => void;
  readonly random01: () => number;
  readonly asked: readonly string[];
  readonly vault: LiveVault;
  readonly switchRules: SwitchRules;
  readonly hasProbes: boolean;
}

function openLauncher(fleet: Fleet, identity: ProcessIdentity, around: Surroundings): FleetLauncher {
  const host = fakeHost(identity);
  const missed: (() => void)[] = [];
  const clock: Clock = {
    now: () => fleet.clock.now(),
    monotonicMs: () => fleet.clock.monotonicMs(),
    after: (delayMs, work) =>
      fleet.clock.after(delayMs, () => {
        if (launcher.isDead) return;
        if (launcher.isFrozen) missed.push(work);
        else work();
      }),
  };
  const link = faultyStore(fleet.store, clock);
  const said: Notice[] = [];
  const relays: FakeRelay[] = [];
  const witness = fakeWitness(fleet.net, clock);
  const journal = { say: (notice: Notice) => void said.push(notice) };
  const random: Random = { uuid: () => crypto.randomUUID(), random01: around.random01 };
  const isLive = (other: ProcessIdentity) =>
    fleet.launchers.some(({ host: { identity: of }, isDead }) => !isDead && of.pid === other.pid);
  const ports: LauncherPorts = {
    store: link.store,
    vault: around.vault,
    relays: fakeRelays(fleet.net, clock, (relay) => relays.push(relay)),
    witness,
    venueProbe: fakeVenueProbe(fleet.net, clock),
    control: networkControl({ witness, witnesses, gateways: undefined }, clock),
    hostKey: identity.host,
    spawner: fakeSpawner(host, clock, { onChange: around.look, dialOf: dialOf(relays) }),
    channels: fakeChannels(host, clock),
    processes: fakeTable(host, isLive),
    hostLocks: freeHostLocks,
    operators: { listen: async (path) => ({ path, close: async () => {} }) },
    clock,
    random,
    journal,
  };
  const launcher: FleetLauncher = {
    host,
    link,
    relays,
    said,
    runs: [],
    ports,
    units: new Launcher(
      ports,
      sampleLauncherSettings({
        witnesses: around.asked,
        directWitnesses: around.asked,
        switchRules: around.switchRules,
        hasProbes: around.hasProbes,
      }),
    ),
    isFrozen: false,
    isDead: false,
    thaw() {
      for (const work of missed.splice(0)) work();
      // What it has to stop after waking up takes it a few turns, as it would take a real one a few milliseconds.
      setImmediate(() => {
        launcher.isFrozen = false;
        for (const work of missed.splice(0)) work();
      });
    },
    die() {
      launcher.isDead = true;
      launcher.link.trouble = "down";
      for (const process of host.processes) process.end({ code: undefined, signal: "KILL" });
    },
  };
  return launcher;
}

// Through whatever relay the bot has when it dials.
function dialOf(relays: readonly FakeRelay[]) {
  return (name: string): Dial =>
    (...words) => {
      const relay = relays.findLast(({ options }) => options.name === name);
      return relay === undefined ? Promise.reject(new Error(`no relay of ${name}`)) : relay.dial(...words);
    };
}

// The fake world's proxies need no credential, so nothing is ever sealed.
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

/** What the host "host-0" has seen of a proxy; undefined while it has said nothing. */
export async function healthOf(fleet: Fleet, label: string): Promise<HealthState | undefined> {
  const rows = await fleet.store.proxies.health((await proxyOf(fleet, label)).id);
  return rows.find(({ hostKey }) => hostKey === "host-0")?.state;
}

/** The live process of a run, or undefined. */
export function processOf({ host }: FleetLauncher, { runId }: FleetRun) {
  return host.processes.find((process) => process.isAlive && !process.isHook && process.runId === runId);
}

/** The hook of a run that lives, or undefined. */
export function hookOf({ host }: FleetLauncher, { runId }: FleetRun) {
  return host.processes.find((process) => process.isAlive && process.isHook && process.runId === runId);
}

/** The relay of a run's bot, the control probes' own left out. */
export function relayOf({ relays }: FleetLauncher, { account }: FleetRun): FakeRelay {
  const relay = relays.findLast(({ options }) => options.name === account.name);
  if (relay === undefined) throw new Error(`no relay of ${account.name}`);
  return relay;
}

/** The four promises that a look at the whole fleet can judge; a frozen launcher's relay carries nothing. */
export function brokenPromises(fleet: Fleet): readonly string[] {
  const nowMs = fleet.clock.monotonicMs();
  const at = ` at ${nowMs} ms`;
  const faults: string[] = [];
  const living = fleet.launchers
    .filter(({ isFrozen, isDead }) => !isFrozen && !isDead)
    .flatMap((launcher) => launcher.runs.map((run) => ({ launcher, run, process: processOf(launcher, run) })))
    .filter(({ process }) => process !== undefined);
  for (const name of fleet.accounts.keys())
    if (living.filter(({ run }) => run.account.name === name).length > 1)
      faults.push(`two processes for ${name}${at}`);
  const exits = new Map<string, string>();
  for (const { launcher, run } of living) {
    const { name, id } = run.account;
    const row = fleet.memory.state.leases.find(({ unitKey }) => unitKey === botKey(id));
    const renewedAtMs = row && launcherOf(fleet.memory, row).renewedAtMs;
    const isHeld = row?.runId === run.runId && nowMs - (renewedAtMs ?? 0) <= leaseTtl.usualMs;
    if (!isHeld) faults.push(`a process of ${name} without lease${at}`);
    const relay = relayOf(launcher, run);
    if (relay.isClosed() || relay.gate !== "open") continue;
    const exitIp = parseIp(fleet.net.proxies.get(relay.upstreamLabel() ?? "")?.exitIp ?? "");
    const exitKey = exitIp === undefined ? "" : exitKeyOf(exitIp);
    const owns = fleet.memory.state.exits.some(
      (exit) => exit.runId === run.runId && exit.exitKey === exitKey,
    );
    if (!owns) faults.push(`${name} leaves from ${exitKey} without holding it${at}`);
    const other = exits.get(exitKey);
    if (other !== undefined && other !== name) faults.push(`${other} and ${name} leave from ${exitKey}${at}`);
    exits.set(exitKey, name);
  }
  return faults;
}
