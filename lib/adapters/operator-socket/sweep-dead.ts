import { readdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { answersToSignals } from "../host-files/answers-to-signals.ts";
import { withShortPath } from "../host-files/short-path.ts";

const namePattern = /^(\d+)-[0-9a-f]+\.op\.sock$/;

/** Takes the sockets away that killed launchers left in the folder: no such process is here, and nobody listens. */
export async function sweepDead(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = Number(namePattern.exec(name)?.[1]);
    if (!Number.isSafeInteger(pid) || answersToSignals(pid)) continue;
    const path = join(folder, name);
    // Containers that share the folder count their processes each by itself: the socket knows.
    if (await isDeaf(path)) await rm(path, { force: true });
  }
}

function isDeaf(path: string): Promise<boolean> {
  return withShortPath(
    path,
    (short) =>
      new Promise((resolve) => {
        const socket = connect(short);
        const tell = (isDead: boolean): void => {
          socket.destroy();
          resolve(isDead);
        };
        socket.once("connect", () => tell(false));
        socket.once("error", ({ code }: NodeJS.ErrnoException) => tell(code === "ECONNREFUSED"));
      }),
  );
}
