import { parseEnv } from "node:util";

const names = ["LAUNCH_DATABASE_URL", "LAUNCH_DATABASE_PASSFILE", "LAUNCH_DATABASE_MIGRATE_URL"] as const;
const isOurs = (line: string) =>
  names.some((name) => new RegExp(`^\\s*(?:export\\s+)?${name}\\s*=`).test(line));

/** What a .env says of Slipway's database; undefined where it says nothing. */
export interface EnvDatabase {
  readonly url: string | undefined;
  readonly passFile: string | undefined;
  readonly migrateUrl: string | undefined;
}

/** Reads it; every other line is left alone. */
export function databaseOfEnv(text: string): EnvDatabase {
  const found = parseEnv(text);
  const [url, passFile, migrateUrl] = names.map((name) => found[name] || undefined);
  return { url, passFile, migrateUrl };
}

/** The text with this in the place of what it said before; every other line stays as it is. */
export function envWithDatabase(text: string, { url, passFile, migrateUrl }: EnvDatabase): string {
  const kept = text.split("\n").filter((line) => !isOurs(line));
  while (kept.at(-1) === "") kept.pop();
  const values = [url, passFile, migrateUrl];
  const ours = names.flatMap((name, at) =>
    values[at] === undefined ? [] : [`${name}=${quoted(values[at])}`],
  );
  return [...kept, ...ours].map((line) => `${line}\n`).join("");
}

/** A value of a .env: parseEnv knows three quotes and no escapes, so it takes the one that it does not contain. */
export function quoted(value: string): string {
  if (/^[\w@%+=:,./-]+$/.test(value)) return value;
  const quote = ["'", '"', "`"].find((candidate) => !value.includes(candidate)) ?? "'";
  return `${quote}${value}${quote}`;
}
