import { chmod, lstat, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { makeFolder } from "../host-files/make-folder.ts";

/** Where a socket really listens, and how to take it away. */
export interface SocketPlace {
  readonly path: string;
  remove(): Promise<void>;
}

/** sun_path holds 108 bytes with its closing zero on Linux (unix(7)), 104 on macOS. */
const longestPathBytes = process.platform === "darwin" ? 103 : 107;
/** What a short place adds to its folder: the run id and six random characters, `/slipway-RUNID-a1B2c3/bot.sock`. */
const shortPlaceBytes = 61;

/** Makes room for a socket at `wanted`, or under a private temporary folder when that path is too long; a socket left by a dead launcher is removed. */
export async function prepareSocketPlace(wanted: string): Promise<SocketPlace> {
  if (Buffer.byteLength(wanted) > longestPathBytes)
    return prepareShortPlace(basename(wanted, ".sock").slice(0, 36));
  makeFolder(dirname(wanted), 0o700);
  const present = await lstat(wanted).catch(() => undefined);
  if (present?.isSocket() === true) await rm(wanted);
  return { path: wanted, remove: () => rm(wanted, { force: true }) };
}

// The run id stays part of the path: processes are found by it.
async function prepareShortPlace(runId: string): Promise<SocketPlace> {
  const base = Buffer.byteLength(tmpdir()) > longestPathBytes - shortPlaceBytes ? "/tmp" : tmpdir();
  const folder = await mkdtemp(join(base, `slipway-${runId}-`));
  await chmod(folder, 0o700);
  return { path: join(folder, "bot.sock"), remove: () => rm(folder, { recursive: true, force: true }) };
}
