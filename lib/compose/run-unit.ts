import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createBotChannelFactory } from "../adapters/bot-channel/bot-channel.ts";
import { exitWitness } from "../adapters/exit-witness/exit-witness.ts";
import { openHostLocks } from "../adapters/host-lock/host-locks.ts";
import { relayFactory } from "../adapters/relay/relay.ts";
import { passThrough } from "../adapters/spawner/pass-through.ts";
import { createSpawner } from "../adapters/spawner/spawner.ts";
import { packageRoot, packageVersion } from "../config/package-root.ts";
import { operatorEnvironment } from "../config/sources/surroundings.ts";
import type { UnitSettings } from "../domain/run/run-settings.ts";
import type { Bot, Collector } from "../domain/run/unit.ts";
import { requireAccount } from "../operations/find-by-name.ts";
import type { Ending } from "../policy/machine/state.ts";
import { requireReachableWitnesses } from "../policy/witness-reach.ts";
import type { Isolation } from "../ports/isolation.ts";
import type { Spawner } from "../ports/spawner.ts";
import { Launcher } from "../supervisor/launcher.ts";
import { chooseTier } from "../supervisor/process/choose-tier.ts";
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
  requireReachableWitnesses(tier, config.network.witnesses, config.network.publicRanges);
  const launcher = await openLauncher(workspace, spawner);
  const account = await requireAccount(await workspace.openStore(), bot.name);
  return runUntilOver(launcher, { unit: bot, accountId: account.id, tier, isNode }, stops);
}

/** Runs one collector in the foreground, direct. */
export async function runCollector(
  workspace: Workspace,
  collector: Collector,
  stops: StopRequests,
): Promise<Ending> {
  const launcher = await openLauncher(workspace, openSpawner(workspace));
  return runUntilOver(launcher, { unit: collector }, stops);
}

/** A launcher on this host's own parts. */
async function openLauncher(workspace: Workspace, spawner: Spawner): Promise<Launcher> {
  const { clock, random, journal, processes, config } = workspace;
  if (process.pid === 1) journal.say({ level: "warning", unit: undefined, text: noInit });
  const [store, vault] = [await workspace.openStore(), await workspace.keyring.openLiveVault()];
  const { witnesses, publicRanges } = config.network;
  const preloads = join(packageRoot(), "dist/preload/preload");
  return new Launcher(
    {
      store,
      vault,
      spawner,
      clock,
      random,
      journal,
      processes,
      witness: exitWitness({ publicRanges }, clock),
      relays: relayFactory(clock),
      channels: createBotChannelFactory(),
      hostLocks: openHostLocks(lockUser(config.stateFolder)),
    },
    {
      launcherVersion: packageVersion(),
      place: {
        database: config.shownDatabase,
        isUsualDatabase: config.isUsualDatabase,
        folder: config.cwd,
        stateFolder: config.stateFolder,
      },
      operatorEnv: operatorEnvironment(),
      storeVariables: config.database.kind === "server" ? config.database.ownVariables : [],
      preloads: { observe: join(preloads, "observe.js"), tunnel: join(preloads, "tunnel.js") },
      socketFolder: socketFolderOf(workspace),
      witnesses,
      publicRanges,
      selectionOrder: config.selection.order,
      historyDays: config.history.keepDays,
    },
  );
}

async function runUntilOver(launcher: Launcher, unit: UnitSettings, stops: StopRequests): Promise<Ending> {
  const stop = ({ target }: { readonly target: unknown }): void => {
    launcher.stop(String((target as AbortSignal).reason).replace(/^SIG/, ""));
  };
  for (const signal of [stops.graceful, stops.now]) signal.addEventListener("abort", stop, { once: true });
  try {
    const runner = launcher.start(unit, { output: passThrough(process), onReady: tellEngineReady });
    if (stops.graceful.aborted) stop({ target: stops.graceful });
    return await runner.ended;
  } finally {
    for (const signal of [stops.graceful, stops.now]) signal.removeEventListener("abort", stop);
    await launcher.close();
  }
}

// bin/launch makes room for a shell there; node was named by itself.
const noInit =
  "this launcher is the first process of its container and cannot collect orphans of what it runs: start bin/launch itself, or give the container an init (docker run --init)";

function openSpawner(workspace: Workspace, isolation?: Isolation): Spawner {
  const spawner = createSpawner({ processTable: workspace.processes, isolation });
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

/** pm2's `wait_ready` listens on the IPC channel; without one nobody asked. */
function tellEngineReady(): void {
  process.send?.("ready");
}
