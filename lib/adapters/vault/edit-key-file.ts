// `launch keys new` and `retire`. The next version is written to `<file>.next`, made with O_EXCL: that name is the lock
// (two editors never lose one another's key) and the rename that publishes the file releases it.
import { type FileHandle, open, realpath, rename, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import type { KeyId } from "../../domain/ids.ts";
import { ConfigError, LaunchError, UsageError } from "../../errors.ts";
import { syncFolder } from "../host-files/private-file.ts";
import { readKeys, withNewKey, withoutKey } from "./key-text.ts";
import { readGuardedFile } from "./load-master-keys.ts";
import { generateKey, type MasterKey } from "./master-key.ts";

/** Makes a key file with one new key by `writeNew`, which writes a private file whole and keeps one that is there. */
export function createKeyFile<Made>(
  path: string,
  writeNew: (path: string, text: string) => Promise<Made>,
): Promise<Made> {
  const header =
    "# Slipway master keys, newest first. Without them no stored credential can be opened: keep a copy elsewhere.\n";
  return writeNew(path, withNewKey(header, generateKey()));
}

/** Puts a new key above the others: from now on it seals, the others still open. */
export async function addMasterKey(path: string): Promise<MasterKey> {
  const key = generateKey();
  await editKeyFile(path, (text) => withNewKey(text, key));
  return key;
}

/** Takes a key out of the file; throws UsageError when it is not there or is the only one. */
export async function removeMasterKey(path: string, id: KeyId): Promise<void> {
  await editKeyFile(path, (text) => {
    const keys = readKeys(text, path);
    const key = keys.find((candidate) => candidate.id === id);
    if (key === undefined) throw unknownKeyError(path, id, keys);
    if (keys.length === 1) throw lastKeyError(path, id);
    return withoutKey(text, key);
  });
}

async function editKeyFile(path: string, edit: (text: string) => string): Promise<void> {
  // A symbolic link stays one: the file that it names is edited.
  const target = await realpath(path).catch(() => path);
  const next = `${target}.next`;
  const draft = await openDraft(next, path);
  try {
    const text = edit(await readGuardedFile(target, "file"));
    await keepOwner(draft, target);
    await draft.writeFile(text);
    await draft.sync();
    await draft.close();
    await rename(next, target);
  } catch (error) {
    await draft.close().catch(() => undefined);
    await unlink(next).catch(() => undefined);
    throw error instanceof LaunchError ? error : notWritableError(path, error);
  }
  await syncFolder(dirname(target));
}

async function openDraft(next: string, path: string): Promise<FileHandle> {
  try {
    return await open(next, "wx", 0o600);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw notWritableError(path, cause);
    throw new ConfigError(
      "LAUNCH_IN_USE",
      `Another command is changing the key file ${path}, or one was interrupted: ${next} exists.`,
      {
        hint: `If no other \`launch keys\` is running: rm ${next}`,
      },
    );
  }
}

// Under sudo the file of another user would become root's, and that user's launcher could not read its keys any more.
async function keepOwner(draft: FileHandle, target: string): Promise<void> {
  const [mine, theirs] = await Promise.all([draft.stat(), stat(target)]);
  if (mine.uid !== theirs.uid) await draft.chown(theirs.uid, theirs.gid);
}

function notWritableError(path: string, cause: unknown): ConfigError {
  const { code = "unknown" } = cause as NodeJS.ErrnoException;
  return new ConfigError("LAUNCH_STATE_UNUSABLE", `The key file ${path} cannot be written (${code}).`, {
    cause,
    hint: `Check the folder with: ls -ld ${dirname(path)}`,
  });
}

function unknownKeyError(path: string, id: KeyId, keys: readonly MasterKey[]): UsageError {
  const present = keys.map((key) => key.id).join(", ");
  return new UsageError(
    "LAUNCH_INVALID_VALUE",
    `The key file ${path} does not contain key ${id}; it contains ${present}.`,
    {
      hint: "Run `launch keys ls` to see the keys and how many rows each has sealed.",
    },
  );
}

function lastKeyError(path: string, id: KeyId): UsageError {
  return new UsageError("LAUNCH_INVALID_VALUE", `Key ${id} is the only one in ${path}.`, {
    hint: "Run `launch keys new` and `launch keys rotate` first.",
  });
}
