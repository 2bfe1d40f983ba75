import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createBotChannelFactory } from "../adapters/bot-channel/bot-channel.ts";
import { exitWitness } from "../adapters/exit-witness/exit-witness.ts";
import { venueProbe } from "../adapters/exit-witness/venue-probe.ts";
import { openHostLocks } from "../adapters/host-lock/host-locks.ts";
import { createLogStore } from "../adapters/log-store/log-store.ts";
import { operatorSockets } from "../adapters/operator-socket/operator-socket.ts";
import { hostKeyOf } from "../adapters/process-table/host-key.ts";
import { relayFactory } from "../adapters/relay/relay.ts";
import { type DeathWatch, deathWatch } from "../adapters/spawner/death-watch.ts";
import { createSpawner } from "../adapters/spawner/spawner.ts";
import { findSetpriv } from "../adapters/spawner/start/setpriv.ts";
import { choicesForAll } from "../config/load/launcher-settings.ts";
import { packageRoot, packageVersion } from "../config/package-root.ts";
import { operatorEnvironment } from "../config/sources/surroundings.ts";
import type { RunId } from "../domain/ids.ts";
import type { LauncherSettings } from "../domain/run/run-settings.ts";
import type { Tier } from "../domain/run/tier.ts";
import type { Bot, Collector, Unit } from "../domain/run/unit.ts";
import { requireAccount } from "../operations/find-by-name.ts";
import { requireReachableWitnesses } from "../policy/witness-reach.ts";
import type { HostLocks } from "../ports/host/host-lock.ts";
import type { Isolation } from "../ports/isolation.ts";
import type { KernelTry, Spawner } from "../ports/spawner.ts";
import type { Store } from "../ports/store/store.ts";
import { Launcher } from "../supervisor/launcher.ts";
import { childPlan, kernelReach } from "../supervisor/process/child-plan.ts";
import { chooseTier } from "../supervisor/process/choose-tier.ts";
import { calledBy, type UnitHooks } from "../supervisor/unit/context.ts";
import type { Runner } from "../supervisor/unit/runner.ts";
import { tellLeft } from "./death/tell-left.ts";
import { hiddenPaths, kernelTier, tryKernel } from "./kernel-tier.ts";
import { lockUser, takeLock } from "./lock-user.ts";
import { directWitnesses, openControl } from "./network/host-network.ts";
import type { Workspace } from "./workspace.ts";

/** A launcher on this host's own parts, for bots and collectors as they are declared. */
export interface HostLauncher {
  /** Chooses a bot's tier and begins its run, under the id that its lease was reserved for if there is one. Rejects with UsageError LAUNCH_UNKNOWN_ACCOUNT, ConfigError LAUNCH_TIER_UNAVAILABLE, or StoreError LAUNCH_LEASE_HELD. */
  start(unit: Unit, hooks: UnitHooks, reserved?: RunId): Promise<Runner>;
  /** Asks every unit to end, gracefully; a second call means now. */
  stop(signal: string): void;
  /** The launcher itself, opened for whoever keeps many units. */
  opened(): Promise<Launcher>;
  close(): Promise<void>;
}

/** A launcher that was killed a moment ago has its watch at work for so long. */
const leftWithinMs = 5_000;

/** Wires a launcher; the database is opened for the first unit that could run, and may be one that was moved only where the operator insists. */
export function openLauncher(workspace: Workspace, mayBeMoved: boolean): HostLauncher {
  const { config, database, journal } = workspace;
  const kernel = kernelTier(hiddenPaths(config, database), journal);
  const watch = watchOf(workspace);
  const spawner = openSpawner(workspace, { isolation: kernel, watch });
  let opened: Promise<Launcher> | undefined;
  let alerts: Promise<{ stop(): Promise<void> } | undefined> | undefined;
  const open = (): Promise<Launcher> => {
    opened ??= wire(workspace, spawner, mayBeMoved).then((launcher) => {
      alerts = openTelling(workspace);
      return launcher;
    });
    return opened;
  };
  // Processes that every start needs begin while the database answers: forked later, the bot would wait for them.
  const openFor = (tier: Tier | "direct"): Promise<Launcher> => {
    const opening = open();
    watch.begin();
    if (tier !== "kernel") void findSetpriv();
    return opening;
  };
  const startBot = async (unit: Bot, hooks: UnitHooks, runId: RunId): Promise<Runner> => {
    const begin = (): Promise<KernelTry> => {
      const begun = kernel.begin(runId, kernelReach(unit, config.network.witnesses));
      // Beside it; whoever waits for the launcher hears what it failed of.
      open().catch(() => {});
      return begun;
    };
    const searchPath = { ...operatorEnvironment(), ...unit.env }["PATH"];
    const { tier, runtime } = await chooseTier(
      { spawner, tryKernel: () => tryKernel(begin), journal: calledBy(hooks, journal, unit) },
      unit,
      searchPath,
    );
    requireReachableWitnesses(tier, config.network.witnesses, config.network.publicRanges);
    const launcher = await openFor(tier);
    const { id: accountId } = await requireAccount(await workspace.openStore(), unit.name);
    return launcher.start({ unit, accountId, tier, runtime }, hooks, runId);
  };
  const startCollector = async (unit: Collector, hooks: UnitHooks, runId: RunId): Promise<Runner> => {
    const settings = { ...launcherSettings(workspace, mayBeMoved), unit, runId };
    // Its Node waits in our preload for its lease.
    spawner.prepare({ ...childPlan(settings, undefined), output: hooks.output });
    return (await openFor("direct")).start({ unit }, hooks, runId);
  };
  return {
    async start(unit, hooks, reserved) {
      const runId = reserved ?? (workspace.random.uuid() as RunId);
      const starting =
        unit.kind === "bot" ? startBot(unit, hooks, runId) : startCollector(unit, hooks, runId);
      return await forgetWhenOver(spawner, runId, starting);
    },
    stop: (signal) => void opened?.then((launcher) => launcher.stop(signal)),
    opened: open,
    close: async () => {
      await (await opened?.catch(() => undefined))?.close();
      // What the end of its units means is told as well.
      await (await alerts)?.stop();
    },
  };
}

/** Lets go of what was prepared for a run that does not come to use it. */
async function forgetWhenOver(spawner: Spawner, runId: RunId, starting: Promise<Runner>): Promise<Runner> {
  try {
    const runner = await starting;
    void runner.ended.then(() => spawner.forget(runId));
    return runner;
  } catch (error) {
    await spawner.forget(runId);
    throw error;
  }
}

async function wire(workspace: Workspace, spawner: Spawner, mayBeMoved: boolean): Promise<Launcher> {
  const { clock, random, journal, processes, config } = workspace;
  if (process.pid === 1) journal.say({ level: "warning", unit: undefined, text: noInit });
  const witness = exitWitness({ publicRanges: config.network.publicRanges }, clock);
  const [store, vault] = [await workspace.openStore(), await workspace.keyring.openLiveVault()];
  const hostLocks = openHostLocks(lockUser(config.stateFolder));
  tellOfLeft(workspace, store, hostLocks);
  return new Launcher(
    {
      store,
      vault,
      spawner,
      clock,
      random,
      journal,
      processes,
      witness,
      venueProbe: venueProbe(clock),
      control: openControl(config, witness, () => workspace.openStore(), clock),
      hostKey: config.network.hostKey ?? hostKeyOf(processes.self()),
      relays: relayFactory(clock, { isWarm: config.relay.isWarm }),
      channels: createBotChannelFactory(),
      hostLocks,
      operators: operatorSockets(packageVersion()),
    },
    launcherSettings(workspace, mayBeMoved),
  );
}

function launcherSettings(workspace: Workspace, mayBeMoved: boolean): LauncherSettings {
  const { config } = workspace;
  const { witnesses, publicRanges } = config.network;
  const preloads = join(packageRoot(), "dist/preload/preload");
  return {
    launcherVersion: packageVersion(),
    place: {
      database: config.shownDatabase,
      isUsualDatabase: config.isUsualDatabase,
      folder: config.cwd,
      choices: choicesForAll(config),
      stateFolder: config.stateFolder,
      mayBeMoved,
    },
    operatorEnv: operatorEnvironment(),
    storeVariables: config.database.kind === "server" ? config.database.ownVariables : [],
    preloads: {
      observe: join(preloads, "observe.js"),
      tunnel: join(preloads, "tunnel.js"),
      hold: join(preloads, "hold.js"),
      python: join(packageRoot(), "python"),
    },
    socketFolder: socketFolderOf(workspace),
    witnesses,
    directWitnesses: directWitnesses(config),
    publicRanges,
    selectionOrder: config.selection.order,
    leaseTtlMs: config.lease.ttlMs,
    historyDays: config.history.keepDays,
    evidenceDays: config.evidence.keepDays,
    hasProbes: config.network.hasProbes,
    switchRules: config.switching.rules,
    quietHours: config.switching.quietHours,
    venues: config.venues,
    outputRules: config.outputRules,
  };
}

// Nothing depends on it, and a launcher that starts does not wait for it.
function tellOfLeft(workspace: Workspace, store: Store, hostLocks: HostLocks): void {
  const { stateFolder } = workspace.config;
  const lock = () => takeLock(workspace, hostLocks, { kind: "left", stateFolder });
  const tell = (): void => void tellLeft(socketFolderOf(workspace), store, lock).catch(() => {});
  tell();
  setTimeout(tell, leftWithinMs).unref();
}

// Nobody's alerts may keep a bot from running.
async function openTelling(workspace: Workspace): Promise<{ stop(): Promise<void> } | undefined> {
  const { config, journal } = workspace;
  const { notify, metrics } = config;
  if (notify === undefined && metrics === undefined) return undefined;
  try {
    const { openTellers } = await import("./alerts/open-tellers.ts");
    return await openTellers(workspace, openHostLocks(lockUser(config.stateFolder)));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    journal.say({ level: "error", unit: undefined, text: `nobody is told of anything: ${why}` });
    return undefined;
  }
}

// bin/launch makes room for a shell there; node was named by itself.
const noInit =
  "this launcher is the first process of its container and cannot collect orphans of what it runs: start bin/launch itself, or give the container an init (docker run --init)";

function watchOf(workspace: Workspace): DeathWatch {
  return deathWatch({
    node: process.execPath,
    script: join(packageRoot(), "dist/lib/compose/death/after-launcher.js"),
    words: [socketFolderOf(workspace), String(process.pid)],
  });
}

function openSpawner(
  workspace: Workspace,
  parts: { readonly isolation: Isolation; readonly watch: DeathWatch },
): Spawner {
  const spawner = createSpawner({
    processTable: workspace.processes,
    logs: createLogStore(workspace.config.logs),
    ...parts,
  });
  return {
    ...spawner,
    // A launcher that was killed could not take its socket away.
    async killSurvivors(runId) {
      const killed = await spawner.killSurvivors(runId);
      await rm(join(socketFolderOf(workspace), `${runId}.sock`), { force: true });
      return killed;
    },
  };
}

function socketFolderOf({ config }: Workspace): string {
  return join(config.stateFolder, "run");
}
