import { realpathSync } from "node:fs";
import { basename } from "node:path";
import type { CommandNature } from "../../ports/spawner.ts";
import { findExecutable } from "./find-executable.ts";
import { nodeVersion } from "./node-version.ts";
import { readInterpreter } from "./shebang.ts";

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
  const binary = nodeBinaryOf(executable, cwd, path);
  const version = binary === undefined ? undefined : await nodeVersion(binary);
  return version === undefined ? { kind: "other", executable } : { kind: "node", executable, version };
}

function isWrapper(file: string): boolean {
  return wrappers.test(basename(file)) || wrappers.test(basename(realpathSync(file)));
}

function nodeBinaryOf(file: string, cwd: string, path: string | undefined): string | undefined {
  const interpreter = readInterpreter(file);
  if (interpreter === undefined) return file;
  const found = findExecutable("name" in interpreter ? interpreter.name : interpreter.file, cwd, path);
  return found.kind === "found" ? found.file : undefined;
}
