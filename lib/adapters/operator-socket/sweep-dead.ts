import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { answersToSignals } from "../host-files/answers-to-signals.ts";
import { connectFailure } from "../host-files/short-path.ts";

const namePattern = /^(\d+)-[0-9a-f]+\.op\.sock$/;

/** Takes the sockets away that killed launchers left in the folder: no such process is here, and nobody listens. */
export async function sweepDead(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = Number(namePattern.exec(name)?.[1]);
    if (!Number.isSafeInteger(pid) || answersToSignals(pid)) continue;
    const path = join(folder, name);
    // Containers that share the folder count their processes each by itself: the socket knows.
    if ((await connectFailure(path)) === "ECONNREFUSED") await rm(path, { force: true });
  }
}
