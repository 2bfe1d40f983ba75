import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { hostLimit } from "../../domain/host-limit.ts";
import type { Secret } from "../../domain/secret.ts";
import { decodeText } from "../../domain/text/decode-text.ts";
import { ConfigError } from "../../errors.ts";
import { readKeys } from "./key-text.ts";
import type { MasterKey } from "./master-key.ts";

/** Where the master keys are: our own 0600 file, a file that systemd handed over, or a variable. */
export type MasterKeySource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "credential"; readonly path: string }
  | { readonly kind: "variable"; readonly variable: string; readonly keys: Secret };

export interface LoadedMasterKeys {
  /** Newest first, never empty. */
  readonly keys: readonly MasterKey[];
  /** Sentences for the operator. */
  readonly warnings: readonly string[];
}

const maxFileBytes = 65_536;

/** Loads the master keys; throws ConfigError when there are none, when others may read them, or when a line is no key. */
export async function loadMasterKeys(source: MasterKeySource): Promise<LoadedMasterKeys> {
  if (source.kind === "variable") return keysOfVariable(source.variable, source.keys);
  const keys = readKeys(await readGuardedFile(source.path, source.kind), source.path);
  if (keys.length === 0) throw noKeysError(`The key file ${source.path} contains no key.`);
  return { keys, warnings: [] };
}

/** Reads a key file; throws ConfigError when it is missing, or when its mode lets others read it. */
export async function readGuardedFile(path: string, kind: "file" | "credential"): Promise<string> {
  const file = await openKeyFile(path);
  try {
    // The handle is asked, not the path: what was checked is what is read.
    await checkMode(file, path, kind);
    const decoded = decodeText(await file.readFile());
    if (decoded.kind === "text") return decoded.text;
    throw new ConfigError("LAUNCH_CONFIG_INVALID", `The key file ${path} ${decoded.what}.`);
  } finally {
    await file.close();
  }
}

function keysOfVariable(variable: string, text: Secret): LoadedMasterKeys {
  // A variable is one line for most tools: commas and spaces part the keys too.
  const keys = readKeys(text.reveal().replaceAll(/[\s,]+/g, "\n"), variable);
  if (keys.length === 0) throw noKeysError(`${variable} is set but contains no key.`);
  const warning = `The master keys come from ${variable}: other programs of this user can read a process's environment. Move them to a file of mode 0600.`;
  return { keys, warnings: [warning] };
}

async function openKeyFile(path: string): Promise<FileHandle> {
  try {
    // Without O_NONBLOCK a FIFO at this path would hang us here.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const limit = hostLimit(cause);
    if (limit !== undefined) throw limit;
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") throw noKeysError(`There is no key file at ${path}.`, cause);
    throw new ConfigError("LAUNCH_MASTER_KEY_MISSING", `The key file ${path} cannot be read (${code}).`, {
      cause,
      hint: `Run as the user who owns it, or check it with: ls -l ${path}`,
    });
  }
}

async function checkMode(file: FileHandle, path: string, kind: "file" | "credential"): Promise<void> {
  const stat = await file.stat();
  if (!stat.isFile() || stat.size > maxFileBytes)
    throw noKeysError(
      `${path} is not a key file: a regular file of at most ${maxFileBytes} bytes is expected.`,
    );
  // systemd grants a credential to the unit's user by an ACL, which shows as a group bit.
  const forbidden = kind === "credential" ? 0o007 : 0o077;
  if ((stat.mode & forbidden) === 0) return;
  const mode = (stat.mode & 0o777).toString(8).padStart(4, "0");
  throw new ConfigError(
    "LAUNCH_MASTER_KEY_EXPOSED",
    `The key file ${path} has mode ${mode}: other users can use it.`,
    {
      hint: `Run: chmod 600 ${path}`,
    },
  );
}

function noKeysError(message: string, cause?: unknown): ConfigError {
  return new ConfigError("LAUNCH_MASTER_KEY_MISSING", message, {
    cause,
    hint: "Run `launch init` to make a key, or set LAUNCH_KEY_FILE to the key file that sealed your credentials.",
  });
}
