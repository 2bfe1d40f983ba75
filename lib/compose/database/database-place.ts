import { join } from "node:path";
import type { ClientConfig } from "pg";
import { openDatabaseServer } from "../../adapters/embedded-postgres/open-database-server.ts";
import { serverNames, sessionLock } from "../../adapters/embedded-postgres/server/server-names.ts";
import { createProcessEvidence } from "../../adapters/process-table/process-evidence.ts";
import type { Guess } from "../../adapters/store/connections.ts";
import type { DatabaseSettings, LaunchConfig } from "../../config/launch-config.ts";
import { packageRoot } from "../../config/package-root.ts";
import { operatorEnvironment } from "../../config/sources/surroundings.ts";
import type { Clock } from "../../ports/clock.ts";
import type { DatabaseAddress, DatabaseServer } from "../../ports/database-server.ts";
import type { Journal } from "../../ports/journal.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import { roleOf, serverConnection } from "./database-connection.ts";

export interface DatabaseOptions {
  readonly config: LaunchConfig;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly processes: ProcessTable;
}

/** How one database is reached, whoever runs it. */
export interface DatabasePlace {
  readonly server: DatabaseServer | undefined;
  readonly shown: string;
  /** Asked again after the server went away: that is what starts an embedded one. */
  readonly use: () => Promise<ClientConfig>;
  /** Tried before that, where a server seems to run. */
  readonly guess: (() => Guess | undefined) | undefined;
  readonly migrate: () => Promise<ClientConfig>;
  /** The role that `use` connects with, when it is another than that of `migrate`. */
  readonly grantTo: string | undefined;
  readonly sessionLock: number | undefined;
}

/** Finds the place that the configuration names. */
export function placeOf(options: DatabaseOptions): DatabasePlace {
  const { database } = options.config;
  return database.kind === "embedded" ? embeddedPlace(options) : serverPlace(database);
}

function embeddedPlace({ config, journal, clock, processes }: DatabaseOptions): DatabasePlace {
  const server = openDatabaseServer({
    stateFolder: config.stateFolder,
    engine: "auto",
    resolveFrom: import.meta.url,
    searchPath: operatorEnvironment()["PATH"],
    processes,
    evidence: createProcessEvidence(),
    clock,
    // Always the compiled one: a keeper outlives whoever started it, and the sources' loader with it.
    keeperScript: join(packageRoot(), "dist/lib/adapters/embedded-postgres/keeper.js"),
  });
  const say = (text: string) => journal.say({ level: "info", unit: undefined, text });
  return {
    server,
    shown: urlOf(server.address()),
    use: async () => clientOf(await server.ensure(say)),
    guess: () => {
      const running = server.running();
      return running && { config: clientOf(running.address), ...running };
    },
    migrate: async () => clientOf(await server.ensureForMigration(say)),
    grantTo: serverNames.launcher,
    sessionLock,
  };
}

function serverPlace(settings: Extract<DatabaseSettings, { kind: "server" }>): DatabasePlace {
  const { url, migrateUrl = url, shown } = settings;
  const role = roleOf(settings);
  const application_name = "launch";
  return {
    server: undefined,
    shown,
    // Read again for each new pool: a password that was changed in its file is taken up.
    use: async () => ({ ...(await serverConnection(settings, url)), application_name }),
    guess: undefined,
    migrate: async () => ({ ...(await serverConnection(settings, migrateUrl)), application_name }),
    grantTo: settings.migrateUrl === undefined || role === "" ? undefined : role,
    sessionLock: undefined,
  };
}

function clientOf(address: DatabaseAddress): ClientConfig {
  const { socketFolder, port, user, database } = address;
  return { host: socketFolder, port, user, database, application_name: "launch" };
}

function urlOf({ socketFolder, port, user, database }: DatabaseAddress): string {
  const where = new URLSearchParams({ host: socketFolder, port: String(port), user });
  return `postgresql:///${database}?${where.toString()}`;
}
