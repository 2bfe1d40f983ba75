import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { ConfigError } from "../../errors.ts";
import { codeOf } from "./log-files.ts";

/** A file of a log, read from some place on; one that is still written can be asked again after its end. */
export interface LogBlocks {
  readonly ino: number;
  /** The next bytes, one character each; undefined where there are none (yet). */
  next(): Promise<string | undefined>;
  /** Starts anew: the file was cut. */
  rewind(): void;
  /** How far it was read. */
  offset(): number;
  close(): Promise<void>;
}

/** A file that is not compressed. */
export interface PlainBlocks extends LogBlocks {
  /** When it was opened. */
  readonly size: number;
  /** A part of it, one character a byte. */
  slice(from: number, to: number): Promise<string>;
  /** Goes on from there. */
  seek(offset: number): void;
}

const blockBytes = 256 * 1024;

/** The blocks of a file as it stands on the disk; undefined where there is none. */
export async function openBlocks(path: string): Promise<PlainBlocks | undefined> {
  const handle = await openIfThere(path);
  if (handle === undefined) return undefined;
  const { ino, size } = await handle.stat();
  let at = 0;
  return {
    ino,
    size,
    async slice(from, to) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(to - from), 0, to - from, from);
      return buffer.toString("latin1", 0, bytesRead);
    },
    seek: (offset) => {
      at = offset;
    },
    async next() {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(blockBytes), 0, blockBytes, at);
      at += bytesRead;
      return bytesRead === 0 ? undefined : buffer.toString("latin1", 0, bytesRead);
    },
    rewind: () => {
      at = 0;
    },
    offset: () => at,
    close: () => handle.close(),
  };
}

/** The blocks of a compressed file. */
export async function openCompressed(path: string): Promise<LogBlocks | undefined> {
  const handle = await openIfThere(path);
  if (handle === undefined) return undefined;
  const { ino } = await handle.stat();
  await handle.close();
  const { createGunzip } = await import("node:zlib");
  const source = createReadStream(path, { highWaterMark: blockBytes });
  const plain = createGunzip({ chunkSize: blockBytes });
  source.once("error", (error) => plain.destroy(error));
  const chunks = source.pipe(plain)[Symbol.asyncIterator]();
  return {
    ino,
    async next() {
      const step = await chunks.next().catch((error: unknown) => {
        throw unreadable(path, error, "Move that file away to read the others.");
      });
      return step.done === true ? undefined : (step.value as Buffer).toString("latin1");
    },
    rewind: () => {},
    offset: () => 0,
    async close() {
      source.destroy();
      plain.destroy();
      await Promise.resolve();
    },
  };
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  return open(path, "r").catch((error: unknown) => {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw unreadable(path, error, "Read it as the user who runs the bot.");
  });
}

function unreadable(path: string, cause: unknown, hint: string): ConfigError {
  const message = `The log ${path} cannot be read (${codeOf(cause) ?? "unknown"}).`;
  return new ConfigError("LAUNCH_STATE_UNUSABLE", message, { cause, hint });
}
