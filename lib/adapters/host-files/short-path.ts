import { closeSync, constants, openSync } from "node:fs";
import { connect } from "node:net";
import { basename, dirname } from "node:path";

/** sun_path holds 108 bytes with its closing zero on Linux (unix(7)), 104 on macOS. */
export const longestPathBytes = process.platform === "darwin" ? 103 : 107;

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

/** Connects to a socket in the file system and leaves at once; the code of the error where that fails. */
export function connectFailure(path: string): Promise<string | undefined> {
  const ask = (short: string) =>
    new Promise<string | undefined>((resolve) => {
      const socket = connect(short, () => {
        socket.destroy();
        resolve(undefined);
      });
      socket.once("error", ({ code = "unknown" }: NodeJS.ErrnoException) => resolve(code));
    });
  return withShortPath(path, ask);
}
