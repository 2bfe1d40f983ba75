import { randomBytes } from "node:crypto";
import { open, realpath, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** A name beside the file that nobody else has: a process id may come again, in a container it always does. */
export function draftOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}`);
}

/** Writes a new file that only its owner reads unless another mode is given, down to the disk. */
export async function writePrivateFile(path: string, text: string, mode = 0o600): Promise<void> {
  const file = await open(path, "wx", mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Replaces a file whole or not at all, for its owner alone; a link to it stays a link. */
export async function replacePrivateFile(path: string, text: string): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const draft = draftOf(target);
  try {
    await writePrivateFile(draft, text);
    await rename(draft, target);
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}

/** Brings to the disk which names a folder holds: a new file or a rename outlives a power cut only then. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
