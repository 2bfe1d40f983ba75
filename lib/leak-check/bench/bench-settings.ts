import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { packageRoot, packageVersion } from "../../config/package-root.ts";
import type { AccountId, RunId } from "../../domain/ids.ts";
import type { PublicRange } from "../../domain/ip.ts";
import { switchDefaults } from "../../domain/reputation/switch-rules.ts";
import type { RunnerSettings } from "../../domain/run/run-settings.ts";
import type { ProcessSettings } from "../../domain/run/unit.ts";
import type { Spawner } from "../../ports/spawner.ts";
import type { BenchProgram, LeakBenchOptions } from "./leak-bench.ts";

const name = "leak-check";

/** What a launcher would settle for a bot that runs this program; without a tier it is a collector, which nothing keeps. */
export async function benchSettings(
  { tier, ports, runAs, tmp = "own", publicRanges }: Omit<LeakBenchOptions, "botSide">,
  program: BenchProgram,
  spawner: Pick<Spawner, "inspect">,
  folder: string,
): Promise<RunnerSettings> {
  const { operator = {}, storeVariables = [] } = program.inherited ?? {};
  const preloads = join(packageRoot(), "dist/preload/preload");
  const shared = {
    runId: randomUUID() as RunId,
    launcherVersion: packageVersion(),
    place: {
      database: "none",
      isUsualDatabase: true,
      folder: program.cwd,
      choices: {},
      stateFolder: folder,
      mayBeMoved: true,
    },
    operatorEnv: operator,
    storeVariables,
    preloads: {
      observe: join(preloads, "observe.js"),
      tunnel: join(preloads, "tunnel.js"),
      hold: join(preloads, "hold.js"),
      python: join(packageRoot(), "python"),
    },
    socketFolder: folder,
    witnesses: [],
    directWitnesses: [],
    publicRanges: publicRanges as readonly PublicRange[],
    selectionOrder: "continuity" as const,
    leaseTtlMs: 15_000,
    historyDays: 90,
    evidenceDays: 30,
    ...blind,
  };
  const unit = unitOf(program);
  if (tier === "direct") return { ...shared, unit: { ...unit, kind: "collector", name, instances: "many" } };
  const searchPath = { ...operator, ...program.env }["PATH"];
  const nature = await spawner.inspect(program.command, program.cwd, searchPath);
  return {
    ...shared,
    unit: {
      ...unit,
      kind: "bot",
      name,
      isolation: tier,
      ...usual,
      local: [],
      publish: [],
      ports: ports.map(String),
      runAs,
      tmp,
    },
    accountId: randomUUID() as AccountId,
    tier,
    runtime: nature.kind === "node" ? "node" : undefined,
  };
}

/** What a bot is that launch.yaml says nothing of. */
const usual = {
  runtime: undefined,
  observe: true,
  heartbeat: { lostAfterMs: undefined, loopMs: undefined },
  onFailover: "restart",
  onNoProxy: "exit",
  preSwitch: undefined,
  onLost: undefined,
  pinExit: true,
  outputPatterns: false,
} as const;
/** Nothing is watched or probed beside what the bench asks. */
const blind = {
  hasProbes: false,
  switchRules: switchDefaults,
  quietHours: undefined,
  venues: [],
  outputRules: [],
};

function unitOf({ command, cwd, env, inherited }: BenchProgram): ProcessSettings {
  return {
    command,
    cwd,
    env,
    passEnv: inherited?.passEnv ?? [],
    tty: false,
    restart: "never",
    stop: { signal: "TERM", graceMs: 0 },
    logFile: undefined,
  };
}
