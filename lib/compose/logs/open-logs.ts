import { hostname } from "node:os";
import { namesIn } from "../../adapters/host-files/read-if-there.ts";
import { createLogReader } from "../../adapters/log-store/log-reader.ts";
import type { LaunchConfig } from "../../config/launch-config.ts";
import { logFileOf, logFolderOf } from "../../config/load/units.ts";
import type { NamedLog } from "../../domain/logs/named-log.ts";
import type { Run } from "../../domain/run/run.ts";
import { compareNames } from "../../domain/text/compare-names.ts";
import { isNamePattern } from "../../domain/text/name-pattern.ts";
import type { LogPlaces } from "../../operations/logs/find-logs.ts";
import { possiblyLiveRuns } from "../../operations/runs/judge-run.ts";
import type { LogReader } from "../../ports/logs/log-reader.ts";
import type { Workspace } from "../workspace.ts";

/** The logs of this host. */
export interface HostLogs {
  readonly reader: LogReader;
  readonly places: LogPlaces;
  /** The names of all accounts. */
  accounts(): Promise<readonly string[]>;
  /** What runs on other hosts; nothing where the database is embedded, which no other host uses, or does not answer. */
  elsewhere(): Promise<readonly Run[]>;
}

const fileName = /^(bot|collector)-(.+?)\.log(?:\.\d{8}(?:\.gz)?)?$/;

/** Opens them; the database is asked only for what they do not tell. */
export function openLogs(workspace: Workspace): HostLogs {
  const { config } = workspace;
  return {
    reader: createLogReader(),
    places: {
      known: knownLogs(config),
      placeOf: (name) => placeOf(config, "bot", name),
      untold: untoldIn(config),
    },
    accounts: async () => (await (await workspace.openStore()).accounts.list()).map(({ name }) => name),
    async elsewhere() {
      if (config.database.kind === "embedded") return [];
      try {
        const runs = await possiblyLiveRuns(await workspace.openStore(), workspace.processes);
        return runs.filter(({ launcher }) => launcher.host !== hostname());
      } catch {
        // Logs are read when the database is down above all.
        return [];
      }
    },
  };
}

function placeOf(config: LaunchConfig, kind: NamedLog["kind"], name: string): NamedLog {
  return { kind, name, path: logFileOf(config, kind, name) };
}

function knownLogs(config: LaunchConfig): readonly NamedLog[] {
  const declared = [
    ...Object.keys(config.bots).map((name) => ["bot", name] as const),
    ...Object.keys(config.collectors).map((name) => ["collector", name] as const),
  ].filter(([, name]) => !isNamePattern(name));
  const all = new Map(
    [...declared, ...unitsIn(logFolderOf(config))].map(([kind, name]) => [
      `${kind}:${name}`,
      placeOf(config, kind, name),
    ]),
  );
  return [...all.values()].toSorted((a, b) => compareNames(a.name, b.name) || compareNames(a.kind, b.kind));
}

function unitsIn(folder: string): readonly (readonly ["bot" | "collector", string])[] {
  // Nothing has run here yet, or somebody else's folder: the files themselves say more.
  return namesIn(folder).flatMap((file) => {
    const [, kind, name] = fileName.exec(file) ?? [];
    return kind === undefined || name === undefined ? [] : [[kind as "bot" | "collector", name] as const];
  });
}

function untoldIn({ bots, collectors, defaults }: LaunchConfig): ReadonlySet<string> {
  const of = (kind: string, units: LaunchConfig["bots"]) =>
    Object.entries(units).flatMap(([name, entry]) =>
      (entry.tty ?? defaults.tty ?? false) ? [`${kind}:${name}`] : [],
    );
  return new Set([...of("bot", bots), ...of("collector", collectors)]);
}
