import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseEnv } from "node:util";
import { didYouMean } from "../../domain/nearest-name.ts";
import { ConfigError } from "../../errors.ts";
import { readText } from "../read-text.ts";
import { findBrokenQuotes } from "./env-quotes.ts";
import { environmentVariables } from "./environment-variables.ts";
import { type ConfigFlags, type EnvFile, pathOf } from "./sourced.ts";
import type { Surroundings } from "./surroundings.ts";

/** Reads the .env that --env-file names, or the one beside launch.yaml; never one that merely lies in the working folder. */
export function findEnvFile(
  flags: ConfigFlags,
  surroundings: Surroundings,
  configFile: string | undefined,
  envText?: string,
): EnvFile | undefined {
  const path = envFilePath(flags, surroundings, configFile);
  if (path === undefined) return undefined;
  if (envText !== undefined) return readEnvFile(path, envText);
  return flags.envFile !== undefined || existsSync(path) ? readEnvFile(path, readText(path)) : undefined;
}

/** Where the .env is, or would be; undefined where none is read. */
export function envFilePath(
  flags: ConfigFlags,
  surroundings: Surroundings,
  configFile: string | undefined,
): string | undefined {
  if (flags.envFile !== undefined)
    return pathOf({ value: flags.envFile, source: "--env-file", folder: surroundings.cwd });
  return configFile === undefined ? undefined : join(dirname(configFile), ".env");
}

/** Reads a file of NAME=value lines as Node's own --env-file does, but for a comment that Node takes for a variable. */
export function parseEnvFile(path: string, text = readText(path)): Readonly<Record<string, string>> {
  const doubled = findDoubled(text);
  if (doubled !== undefined)
    throw new ConfigError(
      "LAUNCH_CONFIG_INVALID",
      `${path} gives ${doubled.name} twice: in line ${doubled.first} and in line ${doubled.second}.`,
      { hint: "Remove one of the two lines." },
    );
  const stray = findStray(text);
  if (stray !== undefined)
    throw new ConfigError(
      "LAUNCH_CONFIG_INVALID",
      `${path}, line ${stray}, is no NAME=value, and would be left out.`,
      { hint: "Write it as NAME=value with no word before the name, or put # before it if it is a comment." },
    );
  const broken = findBrokenQuotes(text.replace(/^\uFEFF/, ""));
  if (broken !== undefined)
    throw new ConfigError("LAUNCH_CONFIG_INVALID", `${path}, line ${broken.line}, ${broken.what}.`, {
      hint: broken.hint,
    });
  const read = parseEnv(text);
  const misread = Object.keys(read).find((name) => /\s/.test(name) && !name.startsWith("#"));
  if (misread !== undefined)
    throw new ConfigError(
      "LAUNCH_CONFIG_INVALID",
      `${path} has spaces or tabs where none may be before ${misread.trim().split(/\s+/).at(-1)}: on the empty line above it, or more than one space after export.`,
      { hint: "Remove them: they would become a part of the name." },
    );
  return Object.fromEntries(
    Object.entries(read).flatMap(([name, value]) =>
      // Node 20 reads an indented "# NAME=value", and one in an unended last line, as a variable named "# NAME".
      value === undefined || name.startsWith("#") ? [] : [[name, value]],
    ),
  );
}

interface Doubled {
  readonly name: string;
  readonly first: number;
  readonly second: number;
}

// Of two lines for one name the last would win in silence. A line inside a quoted value may only look like one, so Node's own
// reading decides: when the first line is given another name, both names must be there.
function findDoubled(text: string): Doubled | undefined {
  const lines = text.split("\n");
  const firsts = new Map<string, number>();
  for (const [index, line] of lines.entries()) {
    const name = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*=/.exec(line)?.[1];
    if (name === undefined) continue;
    const first = firsts.get(name);
    if (first === undefined) firsts.set(name, index);
    else if (areBothRead(lines, name, first)) return { name, first: first + 1, second: index + 1 };
  }
  return undefined;
}

function areBothRead(lines: readonly string[], name: string, first: number): boolean {
  const other = `${name}_FIRST_OF_TWO`;
  const renamed = lines.with(first, (lines[first] ?? "").replace(name, other));
  const read = parseEnv(renamed.join("\n"));
  return read[name] !== undefined && read[other] !== undefined;
}

const assignment = /^\s*(?:export\s+)?[A-Za-z_][\w.-]*\s*=/;

// "NAME value" and "NAME: value" are left out by Node in silence, "set NAME=value" becomes another name. Such a line may stand inside a
// quoted value: Node's own reading of a variable before it decides.
function findStray(text: string): number | undefined {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  const index = lines.findIndex((line, at) => {
    if (/^\s*(?:#|$)/.test(line) || assignment.test(line)) return false;
    return parseEnv(lines.toSpliced(at, 0, `${probe}=1`).join("\n"))[probe] !== undefined;
  });
  return index === -1 ? undefined : index + 1;
}

const probe = "LINE_OF_ITS_OWN";

/** What an operator should know about a .env: names that nothing reads. */
export function envFileWarnings(envFile: EnvFile): readonly string[] {
  const known = Object.keys(environmentVariables);
  const others = Object.keys(envFile.variables).filter((name) => !known.includes(name));
  const isOurs = (name: string): boolean => /^launch[_.-]/i.test(name);
  const mistyped = others.filter(isOurs);
  const foreign = others.filter((name) => !isOurs(name));
  const warnings = mistyped.map(
    (name) => `${envFile.path}: nothing reads ${name}.${didYouMean(name, known)}`,
  );
  if (foreign.length > 0)
    warnings.push(
      `${envFile.path}: ${foreign.join(", ")} ${foreign.length === 1 ? "is" : "are"} not given to bots; use env_file for that.`,
    );
  return warnings;
}

function readEnvFile(path: string, text: string): EnvFile {
  const variables = parseEnvFile(path, text);
  if (variables["LAUNCH_FERNET_KEYS"])
    throw new ConfigError(
      "LAUNCH_CONFIG_INVALID",
      `${path} contains a master key in LAUNCH_FERNET_KEYS; a .env may contain paths, but no keys.`,
      { hint: "Move the key into a file of mode 0600 and write LAUNCH_KEY_FILE=/path/of/that/file instead." },
    );
  const cut = Object.keys(environmentVariables).find((name) => /[\r\n]/.test(variables[name] ?? ""));
  if (cut !== undefined)
    throw new ConfigError("LAUNCH_CONFIG_INVALID", `${path} gives ${cut} a value of several lines.`, {
      hint: "Close its quote on the same line, or remove the quotes.",
    });
  return { path, folder: dirname(path), variables };
}
