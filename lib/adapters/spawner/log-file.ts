import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolder } from "../host-files/make-folder.ts";

export interface LogFileOptions {
  readonly path: string;
  /** A file that has grown past this is put aside as `.1` before the next line. */
  readonly maxBytes: number;
  /** How many files put aside are kept. */
  readonly keep: number;
  /** Told once when writing begins to fail; what cannot be written is counted and said when writing works again. */
  readonly onTrouble: (message: string) => void;
}

export interface LogFile {
  /** Takes whole lines; false when more than the high-water mark waits to be written. */
  write(lines: Buffer): boolean;
  /** Settles when everything taken so far is written. */
  drained(): Promise<void>;
  close(): Promise<void>;
}

const highWaterBytes = 1024 * 1024;

/** A log of mode 0600 that rotates by size between lines and writes in the order given. */
export function openLogFile(options: LogFileOptions): LogFile {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let writing: Promise<void> | undefined;
  const target = createTarget(options);

  const writeAll = async () => {
    while (waiting.length > 0) {
      const batch = Buffer.concat(waiting);
      waiting = [];
      await target.append(batch);
      waitingBytes -= batch.length;
    }
    writing = undefined;
  };
  return {
    write(lines) {
      if (lines.length > 0) {
        waiting.push(lines);
        waitingBytes += lines.length;
        writing ??= writeAll();
      }
      return waitingBytes < highWaterBytes;
    },
    drained: () => writing ?? Promise.resolve(),
    async close() {
      while (writing !== undefined) await writing;
      await target.close();
    },
  };
}

interface Target {
  /** Never rejects: a full disk must not stop a bot. */
  append(batch: Buffer): Promise<void>;
  close(): Promise<void>;
}

function createTarget({ path, maxBytes, keep, onTrouble }: LogFileOptions): Target {
  let file: FileHandle | undefined;
  let size = 0;
  let lostLines = 0;

  const ready = async () => {
    if (file !== undefined && size >= maxBytes) {
      await file.close();
      file = undefined;
      await rotate(path, keep);
    }
    if (file !== undefined) return file;
    file = await openPrivate(path);
    size = (await file.stat()).size;
    return file;
  };
  return {
    async append(batch) {
      try {
        const handle = await ready();
        await handle.appendFile(batch);
        size += batch.length;
        if (lostLines > 0)
          onTrouble(`The log ${path} is written again; ${lostLines} lines are missing in it.`);
        lostLines = 0;
      } catch (error) {
        if (lostLines === 0)
          onTrouble(
            `The log ${path} cannot be written: ${error instanceof Error ? error.message : "unknown"}`,
          );
        lostLines += batch.toString("latin1").split("\n").length - 1;
      }
    },
    async close() {
      await file?.close();
      file = undefined;
    },
  };
}

async function openPrivate(path: string): Promise<FileHandle> {
  makeFolder(dirname(path), 0o700);
  const file = await open(path, "a", 0o600);
  // A log left by an older program, or made by hand, may be readable by others; a device such as /dev/null is not ours to change.
  const { mode } = await file.stat();
  if ((mode & 0o170000) === 0o100000 && (mode & 0o077) !== 0) await file.chmod(0o600);
  return file;
}

async function rotate(path: string, keep: number): Promise<void> {
  await rm(`${path}.${keep}`, { force: true });
  for (let index = keep; index >= 1; index -= 1) {
    const from = index === 1 ? path : `${path}.${index - 1}`;
    await rename(from, `${path}.${index}`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
  }
}
