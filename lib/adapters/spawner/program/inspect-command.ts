import { realpathSync } from "node:fs";
import { basename } from "node:path";
import type { CommandNature } from "../../../ports/spawner.ts";
import { findExecutable } from "./find-executable.ts";
import { nodeVersion } from "./node-version.ts";
import { hasLongPython, readInterpreter } from "./shebang.ts";

/** Node scripts that start other programs in place of running the bot themselves. */
const wrappers =
  /^(npm|npx|pnpm|pnpx|yarn|yarnpkg|tsx|ts-node|corepack|nodemon|pm2|forever)(-cli)?(\.[cm]?js)?$/;

/** Tells a Node program from others (docs/architecture.md, Node programs), looking the command up as it would be started. */
export async function inspectCommand(
  command: readonly string[],
  cwd: string,
  path: string | undefined,
): Promise<CommandNature> {
  const found = findExecutable(command[0] ?? "", cwd, path);
  if (found.kind === "missing") return { kind: "missing", why: found.why };
  const executable = found.file;
  if (isWrapper(executable)) return { kind: "other", executable };
  if (isPython(executable)) return { kind: "python", executable };
  const binary = nodeBinaryOf(executable, cwd, path);
  const version = binary === undefined ? undefined : await nodeVersion(binary);
  if (version === undefined) return { kind: "other", executable };
  const flag = binary === executable ? flagForAnother(command) : undefined;
  if (flag !== undefined) return { kind: "other", executable: `${executable} ${flag}` };
  return { kind: "node", executable, version };
}

// `node --run` executes a shell, `node --watch` a second Node, and neither loads a preload itself; `node --build-snapshot` loads
// none. What stands behind the script is the script's own; a value of a flag before it ("-r x") ends the search early, and the
// hello decides.
function flagForAnother(command: readonly string[]): string | undefined {
  for (const word of command.slice(1)) {
    if (!word.startsWith("-")) return undefined;
    if (/^--(run|watch|watch-path|build-snapshot|build-snapshot-config)(=.*)?$/.test(word)) return word;
  }
  return undefined;
}

function isWrapper(file: string): boolean {
  return wrappers.test(basename(file)) || wrappers.test(basename(realpathSync(file)));
}

// By name alone: what we set for a Python program is nothing to another one. The name of a shim or of a link in a virtual
// environment says it as well as that of the binary.
function isPython(file: string): boolean {
  const interpreter = readInterpreter(file);
  const named =
    interpreter === undefined ? undefined : "name" in interpreter ? interpreter.name : interpreter.file;
  const names = [file, realpathSync(file), ...(named === undefined ? [] : [named])];
  return names.some((name) => /^(python|pypy)[0-9.]*t?$/.test(basename(name))) || hasLongPython(file);
}

function nodeBinaryOf(file: string, cwd: string, path: string | undefined): string | undefined {
  const interpreter = readInterpreter(file);
  if (interpreter === undefined) return file;
  const found = findExecutable("name" in interpreter ? interpreter.name : interpreter.file, cwd, path);
  return found.kind === "found" ? found.file : undefined;
}
