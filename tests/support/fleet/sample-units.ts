import { randomUUID } from "node:crypto";
import { type LauncherId, parseId, type RunId } from "../../../lib/domain/ids.ts";
import type { Bot, Collector, ProcessSettings } from "../../../lib/domain/run/unit.ts";
import type { BotRunnerSettings, CollectorRunnerSettings } from "../../../lib/supervisor/runner-settings.ts";
import { sampleAccount } from "../sample-facts.ts";

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

function sharedSettings() {
  return {
    runId: parseId<RunId>(randomUUID()),
    launcherId: parseId<LauncherId>(randomUUID()),
    launcherVersion: "0.1.0",
    place: { database: "embedded in /state", isUsualDatabase: true, folder: "/srv", stateFolder: "/state" },
    operatorEnv: { PATH: "/usr/bin" },
    storeVariables: [],
    onReady: () => {},
  };
}

/** A bot that holds where it finds no proxy. */
export function sampleBot(change: Partial<Bot> = {}): Bot {
  return {
    ...aProcess,
    kind: "bot",
    name: "alice",
    isolation: "auto",
    runtime: undefined,
    onFailover: "restart",
    onNoProxy: "hold",
    pinExit: false,
    local: [],
    publish: [],
    ports: [],
    tmp: "own",
    runAs: undefined,
    ...change,
  };
}

/** A collector that runs once. */
export function sampleCollector(change: Partial<Collector> = {}): Collector {
  return { ...aProcess, kind: "collector", name: "funding", instances: "one", ...change };
}

/** What a run of a Node bot in the preload tier is given; tests change what matters to them. */
export function sampleBotSettings(change: Partial<BotRunnerSettings> = {}): BotRunnerSettings {
  return {
    ...sharedSettings(),
    unit: sampleBot(),
    account: sampleAccount(),
    tier: "preload",
    isNode: true,
    preloads: { observe: "/opt/observe.js", tunnel: "/opt/tunnel.js" },
    botSocket: "/run/bot.sock",
    witnesses: [],
    publicRanges: [],
    selectionOrder: "continuity",
    ...change,
  };
}

export function sampleCollectorSettings(
  change: Partial<CollectorRunnerSettings> = {},
): CollectorRunnerSettings {
  return { ...sharedSettings(), unit: sampleCollector(), ...change };
}
