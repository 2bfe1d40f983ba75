import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { makeFolder } from "../host-files/make-folder.ts";
import { connectFailure, withShortPath } from "../host-files/short-path.ts";

/**
 * A listening socket by which others see that this process lives: the kernel closes it at any death, and answers for it
 * while the process is stopped.
 */
export interface LifeLine {
  /** Its file in the place's folder of sockets. */
  readonly name: string;
  close(): void;
}

const socketsFolder = "sockets";
/** Begins to listen; comes back when others can connect. It keeps neither the process nor its end waiting. */
export async function openLifeLine(place: string): Promise<LifeLine> {
  const name = randomBytes(4).toString("hex");
  const file = socketFile(place, name);
  makeFolder(dirname(file), 0o700);
  const server = createServer((socket) => socket.destroy());
  // The folder keeps others out; root's socket in a user's folder has to answer that user.
  await withShortPath(file, async (path) => {
    server.listen({ path, readableAll: true, writableAll: true });
    await once(server, "listening");
  });
  server.unref();
  const close = () => {
    server.close();
    rmSync(file, { force: true });
  };
  return { name, close };
}

/** Whether the process behind a socket lives; what cannot be told counts as alive. */
export async function isAlive(place: string, name: string): Promise<boolean> {
  const code = await connectFailure(socketFile(place, name));
  // EAGAIN, for one: its queue is full, which only a living process has, one that was stopped.
  return code !== "ECONNREFUSED" && code !== "ENOENT";
}

/** The names of all sockets of a place. */
export function socketsIn(place: string): readonly string[] {
  return readdirSync(join(place, socketsFolder));
}

/** Where a socket lies. */
export function socketFile(place: string, name: string): string {
  return join(place, socketsFolder, name);
}
