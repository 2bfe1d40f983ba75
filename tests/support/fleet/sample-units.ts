import { randomUUID } from "node:crypto";
import { type AccountId, parseId, type RunId } from "../../../lib/domain/ids.ts";
import { switchDefaults } from "../../../lib/domain/reputation/switch-rules.ts";
import type {
  BotRunnerSettings,
  CollectorRunnerSettings,
  LauncherSettings,
} from "../../../lib/domain/run/run-settings.ts";
import type { Bot, Collector, ProcessSettings } from "../../../lib/domain/run/unit.ts";

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

/** What a launcher gives to each of its units. */
export function sampleLauncherSettings(change: Partial<LauncherSettings> = {}): LauncherSettings {
  return {
    launcherVersion: "0.1.0",
    place: {
      database: "embedded in /state",
      isUsualDatabase: true,
      folder: "/srv",
      choices: { "network.direct": "on" },
      stateFolder: "/state",
      mayBeMoved: false,
    },
    operatorEnv: { PATH: "/usr/bin" },
    storeVariables: [],
    preloads: {
      observe: "/opt/observe.js",
      hold: "/opt/slipway/hold.js",
      tunnel: "/opt/tunnel.js",
      python: "/opt/python",
    },
    socketFolder: "/run",
    witnesses: [],
    directWitnesses: [],
    publicRanges: [],
    selectionOrder: "continuity",
    leaseTtlMs: 15_000,
    historyDays: 90,
    evidenceDays: 30,
    hasProbes: false,
    switchRules: switchDefaults,
    quietHours: undefined,
    venues: [],
    outputRules: [],
    ...change,
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
    observe: true,
    heartbeat: { lostAfterMs: undefined, loopMs: undefined },
    onFailover: "restart",
    onNoProxy: "hold",
    preSwitch: undefined,
    onLost: undefined,
    pinExit: false,
    outputPatterns: true,
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
    ...sampleLauncherSettings(),
    runId: parseId<RunId>(randomUUID()),
    unit: sampleBot(),
    accountId: parseId<AccountId>(randomUUID()),
    tier: "preload",
    runtime: "node",
    ...change,
  };
}

export function sampleCollectorSettings(
  change: Partial<CollectorRunnerSettings> = {},
): CollectorRunnerSettings {
  const runId = parseId<RunId>(randomUUID());
  return { ...sampleLauncherSettings(), runId, unit: sampleCollector(), ...change };
}
