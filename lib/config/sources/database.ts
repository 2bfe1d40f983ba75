import { existsSync, statSync } from "node:fs";
import { decodePercent } from "../../domain/proxy-list/proxy-login.ts";
import { Secret } from "../../domain/secret.ts";
import { unseenProblem } from "../../domain/text/unseen.ts";
import { ConfigError } from "../../errors.ts";
import type { FileSettings } from "../file/settings.ts";
import type { DatabaseSettings } from "../launch-config.ts";
import { credentialPath } from "./locations.ts";
import { type EnvFile, firstGiven, pathOf } from "./sourced.ts";
import type { Surroundings } from "./surroundings.ts";

/** Which PostgreSQL to use: LAUNCH_DATABASE_URL, DATABASE_URL, launch.yaml, else the embedded one. */
export function databaseSettings(
  surroundings: Surroundings,
  envFile: EnvFile | undefined,
  file: FileSettings,
): {
  readonly database: DatabaseSettings;
  readonly source: string;
  readonly schemaSource: string;
  readonly warnings: readonly string[];
} {
  const schema = file.database.schema?.value ?? "launch";
  const schemaSource = file.database.schema?.place ?? "default";
  const given = givenUrl("url", surroundings, envFile, file);
  if (given === undefined)
    return { database: { kind: "embedded", schema }, source: "default", schemaSource, warnings: [] };
  const migrate = givenUrl("migrate_url", surroundings, envFile, file);
  const database: DatabaseSettings = {
    kind: "server",
    schema,
    url: new Secret(given.url.href),
    shown: withoutUser(given.url),
    variable: given.variable,
    ownVariables: ownVariables([given, migrate]),
    ...passFileOf(surroundings, envFile),
    migrateUrl: migrate === undefined ? undefined : new Secret(migrate.url.href),
  };
  return { database, source: given.source, schemaSource, warnings: given.warnings };
}

function passFileOf(
  surroundings: Surroundings,
  envFile: EnvFile | undefined,
): { readonly passFile: string | undefined; readonly isPassFileHandedOver: boolean } {
  const named = firstGiven(undefined, "LAUNCH_DATABASE_PASSFILE", surroundings, envFile);
  const credential = credentialPath(surroundings, "launch-pgpass");
  const isThere = credential !== undefined && existsSync(credential);
  const passFile = named ? pathOf(named) : isThere ? credential : undefined;
  return { passFile, isPassFileHandedOver: passFile !== undefined && passFile === credential };
}

// The client library takes the password from PGPASSWORD where the URL has none.
function ownVariables(given: readonly (GivenUrl | undefined)[]): readonly string[] {
  const urls = given.filter((each) => each !== undefined);
  const named = urls.flatMap(({ variable }) => (variable === undefined ? [] : [variable]));
  return urls.every(({ url }) => hasPassword(url)) ? named : [...named, "PGPASSWORD"];
}

interface GivenUrl {
  readonly url: URL;
  readonly source: string;
  readonly variable: string | undefined;
  readonly warnings: readonly string[];
}

const variablesOf = {
  url: ["LAUNCH_DATABASE_URL", "DATABASE_URL"],
  migrate_url: ["LAUNCH_DATABASE_MIGRATE_URL"],
} as const;

function givenUrl(
  key: keyof typeof variablesOf,
  surroundings: Surroundings,
  envFile: EnvFile | undefined,
  file: FileSettings,
): GivenUrl | undefined {
  const inFile = file.database[key];
  for (const variable of variablesOf[key]) {
    const found = firstGiven(undefined, variable, surroundings, envFile);
    if (found === undefined) continue;
    const url = parseUrl(found.value, found.source);
    if (envFile && found.source !== variable) refuseExposedPassword(url, envFile.path, variable);
    const isShadowing = variable === "DATABASE_URL" && inFile !== undefined && inFile.value !== found.value;
    const warnings = isShadowing ? [`${found.source} is used instead of database.url of ${file.path}.`] : [];
    return { url, source: found.source, variable, warnings };
  }
  if (inFile === undefined) return undefined;
  const { value, place } = inFile;
  const url = parseUrl(value, `database.${key} (${place})`);
  refuseExposedPassword(url, file.path, `database.${key}`);
  return { url, source: place, variable: undefined, warnings: [] };
}

/** Reads a database URL; the text may hold a password, so the messages name its source and never the text. */
export function parseUrl(text: string, source: string): URL {
  const unseen = unseenProblem(text);
  if (unseen !== undefined)
    throw new ConfigError("LAUNCH_CONFIG_INVALID", `${source} ${unseen}.`, {
      hint: "Delete that character, or type the URL again.",
    });
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const doubled = url && doubledName(url);
  if (doubled !== undefined)
    throw new ConfigError("LAUNCH_CONFIG_INVALID", `${source} gives ${doubled} twice, and they differ.`, {
      hint: "Remove one of the two: the last one would be used.",
    });
  if (url && /^postgres(ql)?:$/.test(url.protocol) && !isCutInPassword(url)) return url;
  throw new ConfigError("LAUNCH_CONFIG_INVALID", `${source} is not a postgres:// URL.`, {
    hint: "Write postgres://user@host:5432/database; percent-encode special characters of the password.",
  });
}

// What stands before the host may be given as a parameter too.
function doubledName({ username, password, searchParams }: URL): string | undefined {
  const before = Object.entries({ user: username, password }).filter(([, value]) => value !== "");
  const given = [
    ...before.map(([name, value]) => [name, decodePercent(value) ?? value] as const),
    ...searchParams.entries(),
  ];
  return given.find(([name, value]) => given.some((other) => other[0] === name && other[1] !== value))?.[0];
}

// A password with a slash, a # or a ? that is not encoded ends the host there: its beginning would be shown as a port.
function isCutInPassword({ pathname, search, hash }: URL): boolean {
  return /@/.test(pathname + hash) || /^\?[^=]*@/.test(search);
}

function refuseExposedPassword(url: URL, path: string, what: string): void {
  if (!hasPassword(url) || (statSync(path).mode & 0o077) === 0) return;
  throw new ConfigError(
    "LAUNCH_CONFIG_INVALID",
    `${what} in ${path} holds a password, and other users can read the file.`,
    { hint: `Run \`chmod 600 ${path}\`, or keep the password in ~/.pgpass.` },
  );
}

function hasPassword(url: URL): boolean {
  return url.password !== "" || url.searchParams.has("password");
}

/** The URL as messages may show it: no user part, no parameters. */
function withoutUser(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}
