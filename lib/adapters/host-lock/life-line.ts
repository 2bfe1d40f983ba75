import { randomBytes } from "node:crypto";
import { closeSync, openSync, readdirSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { makeFolder } from "../host-files/make-folder.ts";

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
/** sun_path holds 108 bytes with its closing zero on Linux (unix(7)), 104 on macOS. */
const longestPathBytes = process.platform === "darwin" ? 103 : 107;

/** Begins to listen; comes back when others can connect. It keeps neither the process nor its end waiting. */
export function openLifeLine(place: string): Promise<LifeLine> {
  const name = randomBytes(4).toString("hex");
  makeFolder(join(place, socketsFolder), 0o700);
  const address = socketAddress(place, name);
  const server = createServer((socket) => socket.destroy());
  const close = () => {
    server.close();
    address.forget();
    rmSync(socketFile(place, name), { force: true });
  };
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      address.forget();
      reject(error);
    });
    // The folder keeps others out; root's socket in a user's folder has to answer that user.
    server.listen({ path: address.path, readableAll: true, writableAll: true }, () => {
      server.unref();
      resolve({ name, close });
    });
  });
}

/** Whether the process behind a socket lives; what cannot be told counts as alive. */
export function isAlive(place: string, name: string): Promise<boolean> {
  const address = socketAddress(place, name);
  return new Promise((resolve) => {
    const socket = connect(address.path);
    const end = (answer: boolean) => {
      socket.destroy();
      address.forget();
      resolve(answer);
    };
    socket.once("connect", () => end(true));
    // EAGAIN, for one: its queue is full, which only a living process has, one that was stopped.
    socket.once("error", ({ code }: NodeJS.ErrnoException) =>
      end(code !== "ECONNREFUSED" && code !== "ENOENT"),
    );
  });
}

/** The names of all sockets of a place. */
export function socketsIn(place: string): readonly string[] {
  return readdirSync(join(place, socketsFolder));
}

/** Where a socket lies. */
export function socketFile(place: string, name: string): string {
  return join(place, socketsFolder, name);
}

// A path that is too long for a socket is given by way of its open folder.
function socketAddress(place: string, name: string): { readonly path: string; forget(): void } {
  const path = socketFile(place, name);
  if (Buffer.byteLength(path) <= longestPathBytes || process.platform !== "linux")
    return { path, forget: () => {} };
  let folder: number | undefined = openSync(join(place, socketsFolder), "r");
  return {
    path: `/proc/self/fd/${folder}/${name}`,
    forget() {
      if (folder !== undefined) closeSync(folder);
      folder = undefined;
    },
  };
}
