import { readFileSync, statSync } from "node:fs";
import { orNothing } from "../../host-files/read-if-there.ts";

const setId = 0o6000;

/**
 * Whether the environment reaches a Node that we start as we are. The kernel tells a program whose file gives it a privilege (by its
 * mode, or by capabilities) to trust no environment: it loads no preload of ours. Nothing of that is told to root's programs; of another
 * user's, we know it of our own Node alone.
 */
export function heedsNodeOptions(file: string): boolean {
  if ((statSync(file).mode & setId) !== 0) return false;
  if (process.getuid?.() === 0) return true;
  return file === process.execPath && !isToldToTrustNothing();
}

const wordBytes = 8;
const atSecure = 23n;

// AT_SECURE (getauxval(3)): pairs of a key and a value, each of one word.
function isToldToTrustNothing(): boolean {
  // Such a program may not read it either.
  const vector = orNothing(() => readFileSync("/proc/self/auxv")) ?? Buffer.alloc(0);
  for (let at = 0; at + 2 * wordBytes <= vector.length; at += 2 * wordBytes) {
    if (vector.readBigUInt64LE(at) === atSecure) return vector.readBigUInt64LE(at + wordBytes) !== 0n;
  }
  return true;
}
