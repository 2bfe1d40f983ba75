import type { BotSettings } from "../../../lib/domain/run/run-settings.ts";
import type { Bot, Collector } from "../../../lib/domain/run/unit.ts";
import type { UnitHooks } from "../../../lib/supervisor/unit/context.ts";
import type { Fleet, FleetLauncher, FleetRun } from "./fleet.ts";
import { sampleBot, sampleCollector } from "./sample-units.ts";

/** Shows nothing. */
const silent = { write: () => true, drained: async () => {} };
const hooks: UnitHooks = { output: { stdout: silent, stderr: silent }, onReady: () => {} };

/** Starts a bot for the account; its ending is noted when it comes. */
export function launchBot(
  fleet: Fleet,
  { units, runs }: FleetLauncher,
  name: string,
  change: {
    readonly unit?: Partial<Bot>;
    readonly settings?: Partial<BotSettings>;
    readonly hooks?: Partial<UnitHooks>;
  } = {},
): FleetRun {
  const account = fleet.accounts.get(name);
  if (account === undefined) throw new Error(`no account ${name}`);
  const unit = sampleBot({ name, ...change.unit });
  const settings: BotSettings = {
    accountId: account.id,
    tier: "preload",
    runtime: "node",
    ...change.settings,
    unit,
  };
  const runner = units.start(settings, { ...hooks, ...change.hooks });
  const run: FleetRun = { runner, account, runId: runner.runId, ending: undefined };
  runs.push(run);
  void runner.ended.then((ending) => {
    run.ending = ending;
  });
  return run;
}

/** Starts a collector; its ending is noted when it comes. */
export function launchCollector(
  { units }: FleetLauncher,
  name: string,
  change: Partial<Collector> = {},
): Omit<FleetRun, "account"> {
  const runner = units.start({ unit: sampleCollector({ name, ...change }) }, hooks);
  const run: Omit<FleetRun, "account"> = { runner, runId: runner.runId, ending: undefined };
  void runner.ended.then((ending) => {
    run.ending = ending;
  });
  return run;
}
