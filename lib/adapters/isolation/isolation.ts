import { chownSync } from "node:fs";
import { type LocalTarget, parseLocal } from "../../domain/exemption.ts";
import type { RunId } from "../../domain/ids.ts";
import { ConfigError } from "../../errors.ts";
import type { Isolation, KernelPlan } from "../../ports/isolation.ts";
import type { TierProbe } from "../../ports/spawner.ts";
import { entranceWords } from "./entrance-words.ts";
import { type HostSettings, hostSide, privilegeOf, requireTools } from "./host/host-side.ts";
import { findUser, type HostUser } from "./host/run-as.ts";
import { type BotNetwork, makeNetwork } from "./network/network.ts";
import { SetupFailure } from "./network/setup-process.ts";
import { probeKernelTier } from "./probe.ts";
import { refusalOf } from "./refusal.ts";

/** The kernel tier of this host. */
export function createIsolation(host: HostSettings): Isolation & Pick<TierProbe, "probe"> {
  const networks = new Map<RunId, BotNetwork>();
  const keep = (plan: KernelPlan, network: BotNetwork): void => {
    networks.set(plan.runId, network);
    // The relay closes what it was given when the run is over; the rest goes with it.
    network.listeners[0]?.server.once("close", () => {
      networks.delete(plan.runId);
      network.close();
    });
    for (const listener of network.listeners) plan.tier.onListener(listener);
  };
  return {
    probe: () => probeKernelTier(host),
    async enter(plan) {
      refuseHiddenFolder(plan, host.hidden);
      const tools = requireTools();
      const runAs = await userOf(plan, host.uid);
      const kept = networks.get(plan.runId);
      const network = kept ?? (await openFor(plan, host, runAs));
      if (kept === undefined) keep(plan, network);
      const { namespaces } = network;
      const words = entranceWords({
        tools,
        privilege: privilegeOf(host.uid),
        namespaces,
        cwd: plan.cwd,
        runAs,
      });
      const env = runAs === undefined ? {} : { HOME: runAs.home, USER: runAs.name, LOGNAME: runAs.name };
      return { words, env, started: () => {} };
    },
  };
}

async function openFor(
  { tier }: KernelPlan,
  host: HostSettings,
  runAs: HostUser | undefined,
): Promise<BotNetwork> {
  const { botSocket, ports } = tier;
  const local = tier.local.map(requireLocal);
  if (runAs !== undefined) chownSync(botSocket, runAs.uid, runAs.gid);
  try {
    return await makeNetwork({ ...hostSide(host, runAs), botSocket, ports, local });
  } catch (error) {
    throw error instanceof SetupFailure ? refusalOf(error.message) : error;
  }
}

async function userOf({ tier }: KernelPlan, uid: number): Promise<HostUser | undefined> {
  if (tier.runAs === undefined) return undefined;
  if (uid === 0) return findUser(tier.runAs);
  throw new ConfigError(
    "LAUNCH_CONFIG_INVALID",
    `run_as needs root, and the launcher runs with uid ${uid}.`,
    {
      hint: `Start the launcher as root, or as ${tier.runAs} without run_as.`,
    },
  );
}

function requireLocal(entry: string): LocalTarget {
  const target = parseLocal(entry);
  if (target !== undefined) return target;
  const message = `"${entry}" under local is no loopback or private host:port.`;
  throw new ConfigError("LAUNCH_CONFIG_INVALID", message, {
    hint: "Write it as 5432, 10.0.0.5:5432 or [::1]:6379; a public target goes through the proxy.",
  });
}

function refuseHiddenFolder({ cwd }: KernelPlan, hidden: readonly string[]): void {
  const mask = hidden.find((path) => cwd === path || cwd.startsWith(`${path}/`));
  if (mask === undefined) return;
  const message = `The working folder ${cwd} lies in ${mask}, which the kernel tier hides from bots.`;
  throw new ConfigError("LAUNCH_CONFIG_INVALID", message, {
    hint: "Give the bot another `cwd`, or move the state folder (LAUNCH_STATE_DIR).",
  });
}
