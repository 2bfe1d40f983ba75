import { open, rename, rm } from "node:fs/promises";
import { codeOf, factsOf, listSegments, segmentPath } from "./log-files.ts";

/** Puts the file of this inode aside as the newest segment. Of several writers who want it at the same time one does it. */
export async function putAside(path: string, ino: number): Promise<void> {
  const target = await claim(path);
  // The claim makes the number ours alone: what is renamed over it is lost to nobody.
  if ((await factsOf(path))?.ino === ino && (await renamed(path, target))) return;
  await rm(target, { force: true });
}

async function claim(path: string): Promise<string> {
  for (let number = ((await listSegments(path)).at(-1)?.number ?? 0) + 1; ; number += 1) {
    const target = segmentPath(path, number);
    try {
      await (await open(target, "wx", 0o600)).close();
      return target;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
  }
}

async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}
