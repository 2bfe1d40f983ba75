import type { RunId } from "../../../lib/domain/ids.ts";
import type { Bot, Collector, ProcessSettings } from "../../../lib/domain/run/unit.ts";
import { Runner } from "../../../lib/supervisor/runner.ts";
import type { BotRunnerSettings } from "../../../lib/supervisor/runner-settings.ts";
import { witnesses } from "./fake-net.ts";
import { type Fleet, type FleetLauncher, type FleetRun, launcherIdOf } from "./fleet.ts";

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
  const settings: BotRunnerSettings = {
    ...sharedSettings(launcher, runId),
    unit: { ...botOf(name), ...change.unit },
    account,
    tier: "preload",
    isNode: true,
    preloads: { observe: "/opt/observe.js", tunnel: "/opt/tunnel.js" },
    botSocket: `/run/${runId}.sock`,
    witnesses,
    publicRanges: [],
    selectionOrder: "continuity",
    ...change.settings,
  };
  const runner = new Runner(launcher.ports, settings);
  const run: FleetRun = { runner, account, runId, ending: undefined };
  launcher.runs.push(run);
  void runner.run().then((ending) => {
    run.ending = ending;
  });
  return run;
}

/** Starts a collector; its ending is noted when it comes. */
export function launchCollector(
  launcher: FleetLauncher,
  name: string,
  unit: Partial<Collector> = {},
): Omit<FleetRun, "account"> {
  const runId = crypto.randomUUID() as RunId;
  const collector: Collector = { ...aProcess, kind: "collector", name, instances: "one", ...unit };
  const runner = new Runner(launcher.ports, { ...sharedSettings(launcher, runId), unit: collector });
  const run: Omit<FleetRun, "account"> = { runner, runId, ending: undefined };
  void runner.run().then((ending) => {
    run.ending = ending;
  });
  return run;
}

function sharedSettings({ host }: FleetLauncher, runId: RunId) {
  return {
    runId,
    launcherId: launcherIdOf(host.identity),
    launcherVersion: "0.1.0",
    operatorEnv: { PATH: "/usr/bin" },
    storeUrlVariable: undefined,
    onReady: () => {},
  };
}

const aProcess: ProcessSettings = {
  command: ["node", "bot.js"],
  cwd: "/srv",
  env: {},
  passEnv: [],
  tty: false,
  restart: "on-failure",
  stop: { signal: "TERM", graceMs: 5_000 },
  logFile: undefined,
};

function botOf(name: string): Bot {
  return {
    ...aProcess,
    kind: "bot",
    name,
    isolation: "auto",
    runtime: undefined,
    onFailover: "restart",
    onNoProxy: "hold",
    pinExit: false,
    local: [],
    publish: [],
    ports: [],
    runAs: undefined,
  };
}
