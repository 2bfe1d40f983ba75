import { join } from "node:path";
import { inspectCommand } from "../adapters/spawner/program/inspect-command.ts";
import { hiddenPaths, kernelTier, tryKernel } from "../compose/kernel-tier.ts";
import type { Workspace } from "../compose/workspace.ts";
import { botFrom } from "../config/load/units.ts";
import { packageRoot } from "../config/package-root.ts";
import { operatorEnvironment } from "../config/sources/surroundings.ts";
import { parsePortList } from "../domain/run/reach/port-list.ts";
import type { IsolationWish, Tier } from "../domain/run/tier.ts";
import type { Bot } from "../domain/run/unit.ts";
import { ConfigError, LaunchError } from "../errors.ts";
import { chooseTier } from "../supervisor/process/choose-tier.ts";
import { findPrograms } from "./clients/find-programs.ts";
import { leakBattery } from "./clients/leak-battery.ts";
import type { LeakClient, LeakPrograms } from "./clients/leak-client.ts";
import { clientsOf, findLeaks, type LeakRow } from "./find-leaks.ts";
import { openLeakLab } from "./lab/open-leak-lab.ts";
import { openLoopbackLab } from "./lab/open-loopback-lab.ts";
import type { LeakEvidenceKind, LeakLab } from "./lab/site/leak-lab.ts";

/** What is to be tried, and under which tier. */
export interface LeakWishes {
  /** Take tier, ports, user and environment as this account's bot has them. */
  readonly account: string | undefined;
  readonly isolation: IsolationWish | undefined;
  /** More ports that are forwarded, singly or as ranges. */
  readonly ports: readonly string[];
  /** Empty: the battery of clients that the machine has. */
  readonly command: readonly string[];
  /** How long the command may run. */
  readonly forMs: number;
  /** Ends the check before its time. */
  readonly signal: AbortSignal;
}

/** What was found, and on what it rests. */
export interface LeakReport {
  readonly tier: Tier;
  readonly evidence: LeakEvidenceKind;
  /** Why packets could not be counted; undefined when they were. */
  readonly noPackets: string | undefined;
  readonly rows: readonly LeakRow[];
  readonly programs: LeakPrograms;
}

/** Runs clients as bots in a lab of namespaces and judges what crossed its uplink; where none can be made, behind a proxy on the loopback, judged by its targets. */
export async function checkLeaks(workspace: Workspace, wishes: LeakWishes): Promise<LeakReport> {
  const { config, database, journal } = workspace;
  const operator = operatorEnvironment();
  const hidden = hiddenPaths(config, database);
  const bot = botOf(workspace, wishes);
  const { tier } = await chooseTier(
    {
      spawner: { inspect: inspectCommand },
      tryKernel: () => tryKernel(kernelTier(hidden, journal).probe),
      journal,
    },
    bot,
    operator["PATH"] ?? "/usr/bin:/bin",
  );
  const ports = parsePortList(bot.ports);
  const programs = await findPrograms(operator);
  const { lab, noPackets } = await openLab();
  try {
    const rows = await findLeaks({
      lab,
      tier,
      clients: clientsFor(workspace, wishes, { bot, tier, evidence: lab.evidence }),
      programs,
      cwd: bot.cwd,
      ports: ports.kind === "ports" ? ports.ports : [],
      runAs: bot.runAs,
      tmp: bot.tmp,
      hidden,
      signal: wishes.signal,
    });
    return { tier, evidence: lab.evidence, noPackets, rows, programs };
  } finally {
    await lab.close();
  }
}

/** Where the programs of the battery are. */
export function clientsFolder(): string {
  return join(packageRoot(), "templates/leak-clients");
}

// Without an account there is no bot to be like: the battery is tried as a Node bot would be.
function botOf({ config }: Workspace, { account, isolation, command, ports }: LeakWishes): Bot {
  const words = command.length === 0 && account === undefined ? [process.execPath] : command;
  return botFrom(config, account ?? "leak-check", { command: words, isolation, ports });
}

async function openLab(): Promise<{ readonly lab: LeakLab; readonly noPackets: string | undefined }> {
  const internetFile = join(packageRoot(), "dist/lib/leak-check/lab/internet.js");
  const opener = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 };
  try {
    return { lab: await openLeakLab(opener, internetFile), noPackets: undefined };
  } catch (error) {
    if (!(error instanceof LaunchError)) throw error;
    const noPackets = [error.message, error.hint].filter(Boolean).join(" ");
    return { lab: await openLoopbackLab(internetFile), noPackets };
  }
}

interface Circumstances {
  readonly bot: Bot;
  readonly tier: Tier;
  readonly evidence: LeakEvidenceKind;
}

function clientsFor(
  { config: { database } }: Workspace,
  { account, command, forMs }: LeakWishes,
  { bot, tier, evidence }: Circumstances,
): readonly LeakClient[] {
  // What gets past the proxy there reaches the real network: it must have no secret of the account's with it.
  const env = evidence === "packets" && account !== undefined ? bot.env : {};
  if (command.length === 0)
    return clientsOf(tier, leakBattery(clientsFolder())).map((each) => ({ ...each, env }));
  if (evidence === "targets" && tier === "env") throw unconfined(command);
  const storeVariables = database.kind === "server" ? database.ownVariables : [];
  const passEnv = evidence === "packets" && account !== undefined ? bot.passEnv : [];
  return [
    {
      name: command.join(" "),
      program: "other",
      words: command,
      env,
      inherited: { operator: operatorEnvironment(), passEnv, storeVariables },
      timeoutMs: forMs,
    },
  ];
}

function unconfined(command: readonly string[]): ConfigError {
  const message = `${command[0]} could reach the real network: the env tier enforces nothing, and no lab of namespaces can be made here.`;
  return new ConfigError("LAUNCH_TIER_UNAVAILABLE", message, {
    hint: "Use `--isolation preload` for a Node program, or run this where user namespaces are allowed.",
  });
}
