import { basename, dirname, join, relative } from "node:path";
import { type ContainerPlace, type HandedFile, image } from "../../../adapters/hosts/containers/contained.ts";
import type { DatabaseSettings, LaunchConfig } from "../../../config/launch-config.ts";
import { parseLocal } from "../../../domain/run/reach/bypass.ts";
import type { Unit } from "../../../domain/run/unit.ts";
import { ConfigError, UsageError } from "../../../errors.ts";
import { bareUrlsOf } from "../../database/database-connection.ts";

/** What all containers of a generated file have in common, and what its reader should know. */
export interface ContainedPlace {
  readonly place: ContainerPlace;
  readonly warnings: readonly string[];
}

/** What the caller of a generator decides. */
export interface ContainerWish {
  readonly image: string;
  readonly tier: ContainerPlace["tier"];
  /** Where the engine puts the files that it hands over. */
  readonly credentials: string;
  /** Whether launchers on several hosts are meant: then Slipway cannot keep the database itself. */
  readonly isOfManyHosts: boolean;
}

/** Reads it from the configuration in use; throws UsageError and ConfigError where no container could work by it. */
export function containerPlace(
  config: LaunchConfig,
  units: readonly Unit[],
  wish: ContainerWish,
): ContainedPlace {
  const { file, database } = config;
  if (file === undefined)
    throw new UsageError(
      "LAUNCH_UNKNOWN_UNIT",
      "No launch.yaml was found, so nothing names a bot or collector.",
      {
        hint: "Run `launch init`, or name the file with --config.",
      },
    );
  refuseNoImage(wish);
  if (database.kind === "embedded" && wish.isOfManyHosts) throw needsServer();
  if (database.kind === "server") refuseWrittenPassword(database);
  const server = database.kind === "server" ? serverPlace(database, wish) : undefined;
  const locals = units.flatMap((unit) =>
    unit.kind === "bot" ? unit.local.flatMap((entry) => parseLocal(entry) ?? []) : [],
  );
  const targets = [...(server === undefined ? [] : [server.target]), ...locals].filter(
    ({ host }) => !isLoopback(host),
  );
  return {
    place: {
      image: wish.image,
      tier: wish.tier,
      config: join(image.project, basename(file)),
      databaseUrl: server?.url,
      secrets: [keyFile(config, wish), ...(server?.secrets ?? [])],
      privateTargets: targets,
    },
    warnings: [...(server?.warnings ?? []), ...keyWarnings(config)],
  };
}

/** Where a file of this host is in the image; throws UsageError for one that cannot be there. */
export function placeInImage(config: LaunchConfig, path: string, what: string): string {
  const project = config.file === undefined ? config.cwd : dirname(config.file);
  const inside = relative(project, path);
  if (!inside.startsWith("..")) return join(image.project, inside);
  throw new UsageError("LAUNCH_INVALID_VALUE", `${what} names ${path}, which is outside of ${project}.`, {
    hint: `Move it into ${project}: only that folder becomes part of the image.`,
  });
}

// Engines would only say so when they pull it.
function refuseNoImage({ image: name }: ContainerWish): void {
  if (/^[a-z0-9]([\w.-]*[a-z0-9])?([:/@][\w.-]+)*$/i.test(name)) return;
  throw new UsageError(
    "LAUNCH_INVALID_VALUE",
    `--image ${JSON.stringify(name)} is not the name of an image.`,
    {
      hint: "Give it as registry/name:tag, such as registry.example/desk:1.",
    },
  );
}

function needsServer(): ConfigError {
  return new ConfigError(
    "LAUNCH_CONFIG_INVALID",
    "The database is the one that Slipway keeps on this host: launchers on other hosts cannot use it.",
    {
      hint: "Run `launch db move`, which moves everything to a PostgreSQL of your own, and then this command again.",
    },
  );
}

function keyFile({ keys }: LaunchConfig, { credentials }: ContainerWish): HandedFile {
  const from = keys.kind === "variable" ? "KEY-FILE" : keys.path;
  return { name: "launch-keys", from, path: join(credentials, "launch-keys") };
}

function keyWarnings({ keys }: LaunchConfig): readonly string[] {
  return keys.kind === "variable"
    ? [
        `the master keys are in ${keys.variable}: write them into a file of mode 0600, one a line, and give it for KEY-FILE.`,
      ]
    : [];
}

// launch.yaml becomes part of the image.
function refuseWrittenPassword(database: Server): void {
  const { variable, ownVariables } = database;
  const { url, migrateUrl } = bareUrlsOf(database);
  const isMigrateWritten = !ownVariables.includes("LAUNCH_DATABASE_MIGRATE_URL");
  const written = [
    { name: "database.url", bare: variable === undefined ? url : undefined },
    { name: "database.migrate_url", bare: isMigrateWritten ? migrateUrl : undefined },
  ];
  for (const { name, bare } of written) {
    if (bare?.hasPassword !== true) continue;
    throw new ConfigError(
      "LAUNCH_CONFIG_INVALID",
      `${name} of launch.yaml holds a password, and launch.yaml becomes part of the image.`,
      {
        hint: "Write the URL without it; keep the password in a file of mode 0600 and name that in LAUNCH_DATABASE_PASSFILE.",
      },
    );
  }
}

type Server = Extract<DatabaseSettings, { kind: "server" }>;

function serverPlace(database: Server, { credentials }: ContainerWish) {
  const { url: bare } = bareUrlsOf(database);
  const { passFile, shown } = database;
  const isElsewhere = bare.host !== "" && !isLoopback(bare.host);
  const secrets =
    passFile === undefined && !bare.hasPassword
      ? []
      : [
          {
            name: "launch-pgpass",
            from: passFile ?? "PASSWORD-FILE",
            path: join(credentials, "launch-pgpass"),
          },
        ];
  return {
    url: bare.text,
    secrets,
    target: { host: bare.host, port: bare.port },
    warnings: [
      ...(isElsewhere ? [] : [`${shown} is this host: a container would look for it in itself.`]),
      ...(bare.hasUser ? [] : ["the database's URL names no user, and a container's is called launch."]),
      ...(bare.left.length === 0 ? [] : [`left out of the database's URL: ${bare.left.join(", ")}.`]),
      ...(passFile === undefined && bare.hasPassword
        ? [
            "the database's password stands in its URL and was left out: write it into a file of mode 0600 as `host:port:database:user:password`, and give it for PASSWORD-FILE.",
          ]
        : []),
    ],
  };
}

function isLoopback(host: string): boolean {
  return host === "" || host === "localhost" || host === "::1" || host.startsWith("127.");
}
