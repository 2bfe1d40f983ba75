import type { RunId } from "../../../lib/domain/ids.ts";
import type { Bot, Collector } from "../../../lib/domain/run/unit.ts";
import { Runner } from "../../../lib/supervisor/runner.ts";
import type { BotRunnerSettings } from "../../../lib/supervisor/runner-settings.ts";
import { witnesses } from "./fake-net.ts";
import { type Fleet, type FleetLauncher, type FleetRun, launcherIdOf } from "./fleet.ts";
import { sampleBot, sampleBotSettings, sampleCollector, sampleCollectorSettings } from "./sample-units.ts";

/** Starts a bot for the account; its ending is noted when it comes. */
export function launchBot(
  fleet: Fleet,
  launcher: FleetLauncher,
  name: string,
  change: { readonly unit?: Partial<Bot>; readonly settings?: Partial<BotRunnerSettings> } = {},
): FleetRun {
  const account = fleet.accounts.get(name);
  if (account === undefined) throw new Error(`no account ${name}`);
  const runId = crypto.randomUUID() as RunId;
  const settings = sampleBotSettings({
    runId,
    launcherId: launcherIdOf(launcher.host.identity),
    unit: sampleBot({ name, ...change.unit }),
    account,
    botSocket: `/run/${runId}.sock`,
    witnesses,
    ...change.settings,
  });
  const run: FleetRun = { runner: new Runner(launcher.ports, settings), account, runId, ending: undefined };
  launcher.runs.push(run);
  void run.runner.run().then((ending) => {
    run.ending = ending;
  });
  return run;
}

/** Starts a collector; its ending is noted when it comes. */
export function launchCollector(
  launcher: FleetLauncher,
  name: string,
  change: Partial<Collector> = {},
): Omit<FleetRun, "account"> {
  const unit = sampleCollector({ name, ...change });
  const launcherId = launcherIdOf(launcher.host.identity);
  const settings = sampleCollectorSettings({ launcherId, unit });
  const runner = new Runner(launcher.ports, settings);
  const run: Omit<FleetRun, "account"> = { runner, runId: settings.runId, ending: undefined };
  void runner.run().then((ending) => {
    run.ending = ending;
  });
  return run;
}
