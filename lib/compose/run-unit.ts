import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createBotChannelFactory } from "../adapters/bot-channel/bot-channel.ts";
import { exitWitness } from "../adapters/exit-witness/exit-witness.ts";
import { openHostLocks } from "../adapters/host-lock/host-locks.ts";
import { relayFactory } from "../adapters/relay/relay.ts";
import { createSpawner } from "../adapters/spawner/spawner.ts";
import { packageRoot, packageVersion } from "../config/package-root.ts";
import { operatorEnvironment } from "../config/sources/surroundings.ts";
import type { LauncherId, RunId } from "../domain/ids.ts";
import type { Bot, Collector } from "../domain/run/unit.ts";
import { requireAccount } from "../operations/find-by-name.ts";
import type { Ending } from "../policy/machine/state.ts";
import type { ExitWitness } from "../ports/exit-witness.ts";
import type { Isolation } from "../ports/isolation.ts";
import type { Spawner } from "../ports/spawner.ts";
import type { LiveVault } from "../ports/vault.ts";
import { type DirectIpWatch, watchDirectIp } from "../supervisor/exit/direct-ip-watch.ts";
import { LeaseKeeper } from "../supervisor/lease/lease-keeper.ts";
import { chooseTier } from "../supervisor/process/choose-tier.ts";
import { Runner } from "../supervisor/runner.ts";
import type { RunnerSettings } from "../supervisor/runner-settings.ts";
import { hiddenPaths, kernelTier } from "./kernel-tier.ts";
import { lockUser } from "./lock-user.ts";
import { tierProbe } from "./tier-probe.ts";
import type { Workspace } from "./workspace.ts";

export type { Ending } from "../policy/machine/state.ts";

/** How the operator asks a run to end: once gracefully, twice now; the reason of each is the signal's name. */
export interface StopRequests {
  readonly graceful: AbortSignal;
  readonly now: AbortSignal;
}

/** Runs one bot in the foreground until it is over. */
export async function runBot(workspace: Workspace, bot: Bot, stops: StopRequests): Promise<Ending> {
  const { config, journal } = workspace;
  const searchPath = { ...operatorEnvironment(), ...bot.env }["PATH"];
  const kernel = kernelTier(hiddenPaths(config, workspace.database), journal);
  const spawner = openSpawner(workspace, kernel);
  const tiers = tierProbe(kernel);
  const { tier, isNode } = await chooseTier({ spawner, tiers, journal }, bot, searchPath);
  const [store, vault] = [await workspace.openStore(), await workspace.keyring.openLiveVault()];
  const account = await requireAccount(store, bot.name);
  const shared = sharedSettings(workspace);
  const preloads = join(packageRoot(), "dist/preload/preload");
  const settings: RunnerSettings = {
    ...shared,
    unit: bot,
    account,
    tier,
    isNode,
    preloads: { observe: join(preloads, "observe.js"), tunnel: join(preloads, "tunnel.js") },
    botSocket: botSocketOf(workspace, shared.runId),
    witnesses: config.network.witnesses,
    publicRanges: config.network.publicRanges,
    selectionOrder: config.selection.order,
  };
  const witness = exitWitness({ publicRanges: config.network.publicRanges }, workspace.clock);
  const directIp = watchDirectIp(witness, config.network.witnesses, workspace.clock);
  return runUntilOver(workspace, { vault, spawner, witness, directIp }, settings, stops);
}

/** Runs one collector in the foreground, direct. */
export async function runCollector(
  workspace: Workspace,
  collector: Collector,
  stops: StopRequests,
): Promise<Ending> {
  const { config, clock } = workspace;
  const vault = await workspace.keyring.openLiveVault();
  const settings: RunnerSettings = { ...sharedSettings(workspace), unit: collector };
  const witness = exitWitness({ publicRanges: config.network.publicRanges }, clock);
  const directIp = watchDirectIp(witness, config.network.witnesses, clock);
  return runUntilOver(
    workspace,
    { vault, spawner: openSpawner(workspace), witness, directIp },
    settings,
    stops,
  );
}

interface UnitPorts {
  readonly vault: LiveVault;
  readonly spawner: Spawner;
  readonly witness: ExitWitness;
  readonly directIp: DirectIpWatch;
}

async function runUntilOver(
  workspace: Workspace,
  ports: UnitPorts,
  settings: RunnerSettings,
  stops: StopRequests,
): Promise<Ending> {
  const { clock, random, journal, processes } = workspace;
  const store = await workspace.openStore();
  const leases = new LeaseKeeper({ leases: store.leases, clock, journal }, settings.launcherId);
  const relays = relayFactory(clock);
  const channels = createBotChannelFactory();
  if (process.pid === 1) journal.say({ level: "warning", unit: undefined, text: noInit });
  const hostLocks = openHostLocks(lockUser(workspace.config.stateFolder));
  const runner = new Runner(
    { ...ports, store, clock, random, journal, processes, leases, relays, channels, hostLocks },
    settings,
  );
  const stop = ({ target }: { readonly target: unknown }): void => {
    runner.requestStop(String((target as AbortSignal).reason).replace(/^SIG/, ""));
  };
  for (const signal of [stops.graceful, stops.now]) signal.addEventListener("abort", stop, { once: true });
  try {
    const ending = runner.run();
    if (stops.graceful.aborted) stop({ target: stops.graceful });
    return await ending;
  } finally {
    for (const signal of [stops.graceful, stops.now]) signal.removeEventListener("abort", stop);
    leases.stop();
    ports.directIp.stop();
  }
}

// bin/launch makes room for a shell there; node was named by itself.
const noInit =
  "this launcher is the first process of its container and cannot collect orphans of what it runs: start bin/launch itself, or give the container an init (docker run --init)";

function openSpawner(workspace: Workspace, isolation?: Isolation): Spawner {
  const { stdout, stderr } = process;
  const spawner = createSpawner({ processTable: workspace.processes, stdout, stderr, isolation });
  return {
    ...spawner,
    // A launcher that was killed could not take its socket away.
    async killSurvivors(runId) {
      const killed = await spawner.killSurvivors(runId);
      await rm(botSocketOf(workspace, runId), { force: true });
      return killed;
    },
  };
}

function botSocketOf({ config }: Workspace, runId: RunId): string {
  return join(config.stateFolder, "run", `${runId}.sock`);
}

function sharedSettings({ config, random }: Workspace) {
  const { database, stateFolder, cwd } = config;
  return {
    runId: random.uuid() as RunId,
    launcherId: random.uuid() as LauncherId,
    launcherVersion: packageVersion(),
    place: {
      database: config.shownDatabase,
      isUsualDatabase: config.isUsualDatabase,
      folder: cwd,
      stateFolder,
    },
    operatorEnv: operatorEnvironment(),
    storeVariables: database.kind === "server" ? database.ownVariables : [],
    onReady: tellEngineReady,
  };
}

/** pm2's `wait_ready` listens on the IPC channel; without one nobody asked. */
function tellEngineReady(): void {
  process.send?.("ready");
}
