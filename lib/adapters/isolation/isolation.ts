import { chownSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { type LocalTarget, parseLocal } from "../../domain/exemption.ts";
import type { RunId } from "../../domain/ids.ts";
import { ConfigError } from "../../errors.ts";
import type { Entrance, Isolation, KernelPlan } from "../../ports/isolation.ts";
import type { TierProbe } from "../../ports/spawner.ts";
import { entranceWords, type Privilege } from "./entrance-words.ts";
import { findMasks } from "./masks.ts";
import { type BotNetwork, makeNetwork, type NetworkOptions } from "./network.ts";
import { explainFailure, type Refusal, refusalOf } from "./refusal.ts";
import { findUser, type HostUser } from "./run-as.ts";
import { SetupFailure } from "./setup-process.ts";
import { findTools, type Tools } from "./tools.ts";

export interface IsolationOptions {
  /** The compiled folder of the inside processes. */
  readonly insideFolder: string;
  /** Files that stand for the host's resolv.conf and hosts. */
  readonly replacements: { readonly resolvConf: string; readonly hosts: string };
  /** The state folder, the key file, the database's socket: a bot sees none of them. */
  readonly hidden: readonly string[];
  /** Of the launcher's user. */
  readonly uid: number;
  readonly home: string;
}

/** The kernel tier of this host. */
export function createIsolation(options: IsolationOptions): Isolation & Pick<TierProbe, "probe"> {
  const networks = new Map<RunId, BotNetwork>();
  return {
    async probe() {
      try {
        const network = await makeNetwork({
          ...networkBase(options, requireTools(), undefined),
          ports: [443],
          local: [],
        });
        network.close();
        return { kind: "works" };
      } catch (error) {
        if (error instanceof SetupFailure) return { kind: "refused", ...explainFailure(error.message) };
        if (error instanceof ConfigError)
          return { kind: "refused", why: error.message, hint: error.hint ?? "" };
        throw error;
      }
    },
    async enter(plan) {
      const tools = requireTools();
      const runAs = await userOf(plan, options.uid);
      const network = networks.get(plan.runId) ?? (await open(plan, tools, runAs));
      return entrance(plan, network, { tools, runAs });
    },
  };

  async function open(plan: KernelPlan, tools: Tools, runAs: HostUser | undefined): Promise<BotNetwork> {
    const { tier, runId } = plan;
    if (runAs !== undefined) chownSync(tier.botSocket, runAs.uid, runAs.gid);
    const network = await makeNetwork({
      ...networkBase(options, tools, runAs),
      botSocket: tier.botSocket,
      ports: tier.ports,
      local: tier.local.map(requireLocal),
    }).catch((error: unknown) => {
      throw error instanceof SetupFailure ? refusalOf(error.message) : error;
    });
    networks.set(runId, network);
    const leave = (): void => {
      if (networks.get(runId) === network) networks.delete(runId);
      network.close();
    };
    // The relay closes what it was given when the run is over; the rest goes with it.
    network.listeners[0]?.server.once("close", leave);
    for (const listener of network.listeners) tier.onListener(listener);
    return network;
  }

  function entrance(
    plan: KernelPlan,
    network: BotNetwork,
    { tools, runAs }: { readonly tools: Tools; readonly runAs: HostUser | undefined },
  ): Entrance {
    const { cwd } = plan;
    const words = entranceWords({
      tools,
      privilege: privilegeOf(options.uid),
      namespaces: network.namespaces,
      cwd,
      runAs,
    });
    const env = runAs === undefined ? {} : { HOME: runAs.home, USER: runAs.name, LOGNAME: runAs.name };
    return { words, env, started: () => {} };
  }
}

function networkBase(
  { hidden, uid, home, replacements, insideFolder }: IsolationOptions,
  tools: Tools,
  runAs: HostUser | undefined,
): Omit<NetworkOptions, "ports" | "local"> {
  return {
    tools,
    privilege: privilegeOf(uid),
    masks: findMasks({ hidden, uid: runAs?.uid ?? uid, home: runAs?.home ?? home, replacements }),
    botSocket: undefined,
    searchDomains: searchDomains(),
    hostName: hostname(),
    insideScript: `${insideFolder}/open-sockets.js`,
    node: process.execPath,
  };
}

function privilegeOf(uid: number): Privilege {
  return uid === 0 ? "root" : "rootless";
}

function requireTools(): Tools {
  const found = findTools();
  if (found.kind === "found") return found.tools;
  const { why, hint }: Refusal = {
    why: `the program ${found.name} is missing.`,
    hint: `Install it: \`apt install ${found.debianPackage}\` on Debian and Ubuntu.`,
  };
  throw new ConfigError("LAUNCH_TIER_UNAVAILABLE", why, { hint });
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
  throw new ConfigError(
    "LAUNCH_CONFIG_INVALID",
    `"${entry}" under local is no loopback or private host:port.`,
    {
      hint: "Write it as 5432, 10.0.0.5:5432 or [::1]:6379; a public target goes through the proxy.",
    },
  );
}

function searchDomains(): readonly string[] {
  try {
    const lines = readFileSync("/etc/resolv.conf", "utf8").split("\n");
    return lines.flatMap(
      (line) => /^\s*(?:search|domain)\s+(.*)$/.exec(line)?.[1]?.trim().split(/\s+/) ?? [],
    );
  } catch {
    return [];
  }
}
