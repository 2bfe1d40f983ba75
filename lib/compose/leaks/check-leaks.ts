import { join } from "node:path";
import { leakLabFactory } from "../../adapters/leak-lab/open-leak-lab.ts";
import { inspectCommand } from "../../adapters/spawner/program/inspect-command.ts";
import { packageRoot } from "../../config/package-root.ts";
import { operatorEnvironment } from "../../config/sources/surroundings.ts";
import { botFrom } from "../../config/units.ts";
import { parsePortList } from "../../domain/run/port-list.ts";
import type { IsolationWish } from "../../domain/run/tier.ts";
import { clientsOf, findLeaks, type LeakRow } from "../../operations/leaks/find-leaks.ts";
import { leakBattery } from "../../operations/leaks/leak-battery.ts";
import type { LeakClient } from "../../operations/leaks/leak-client.ts";
import { chooseTier } from "../../supervisor/process/choose-tier.ts";
import { hiddenPaths, kernelTier } from "../kernel-tier.ts";
import { tierProbe } from "../tier-probe.ts";
import type { Workspace } from "../workspace.ts";
import { leakBenches } from "./leak-bench.ts";

/** What is to be tried, and under which tier. */
export interface LeakWishes {
  /** Take tier and ports as this account's bot has them. */
  readonly account: string | undefined;
  readonly isolation: IsolationWish | undefined;
  /** Empty: the battery of clients that the machine has. */
  readonly command: readonly string[];
}

/** Runs clients as bots in a lab of namespaces and judges what crossed its uplink; throws when no lab can be made here. */
export async function checkLeaks(
  { config, database, journal }: Workspace,
  { account, isolation, command }: LeakWishes,
): Promise<readonly LeakRow[]> {
  const searchPath = operatorEnvironment()["PATH"] ?? "/usr/bin:/bin";
  const asBot = command.length === 0 ? [process.execPath] : command;
  const bot = botFrom(config, account ?? "leak-check", { command: asBot, isolation });
  const tiers = tierProbe(kernelTier(hiddenPaths(config, database), journal));
  const { tier } = await chooseTier(
    { spawner: { inspect: inspectCommand }, tiers, journal },
    bot,
    searchPath,
  );
  const own: LeakClient = { name: command.join(" "), program: "other", words: command };
  const ports = parsePortList(bot.ports);
  const lab = await leakLabFactory({
    opener: { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 },
    internetFile: join(packageRoot(), "dist/lib/adapters/leak-lab/internet.js"),
  }).open();
  try {
    return await findLeaks({
      lab,
      benches: leakBenches(),
      tier,
      clients: command.length === 0 ? clientsOf(tier, leakBattery(clientsFolder())) : [own],
      programs: { node: process.execPath, python: "python3", searchPath },
      cwd: bot.cwd,
      ports: ports.kind === "ports" ? ports.ports : [],
    });
  } finally {
    await lab.close();
  }
}

/** Where the programs of the battery are. */
export function clientsFolder(): string {
  return join(packageRoot(), "templates/leak-clients");
}
