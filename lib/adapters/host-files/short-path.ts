import { closeSync, constants, openSync } from "node:fs";
import { basename, dirname } from "node:path";

/** sun_path holds 108 bytes with its closing zero on Linux (unix(7)), 104 on macOS. */
const longestPathBytes = process.platform === "darwin" ? 103 : 107;

/** Works with a path that the kernel takes for a socket: one that is too long goes by its folder's descriptor (Linux). */
export async function withShortPath<Result>(
  path: string,
  work: (path: string) => Promise<Result>,
): Promise<Result> {
  if (Buffer.byteLength(path) <= longestPathBytes || process.platform !== "linux") return work(path);
  const folder = openSync(dirname(path), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return await work(`/proc/self/fd/${folder}/${basename(path)}`);
  } finally {
    closeSync(folder);
  }
}
