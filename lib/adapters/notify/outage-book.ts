import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Outage, OutageBook } from "../../ports/alerts/outage-book.ts";
import type { HostLock } from "../../ports/host/host-lock.ts";
import { makeFolder } from "../host-files/make-folder.ts";
import { replacePrivateFile } from "../host-files/private-file.ts";

/** The book in a file; `lock` keeps all other launchers of this host from it, and a kill gives it back. */
export function outageBook(path: string, lock: () => Promise<HostLock | undefined>): OutageBook {
  return {
    isWritten: () => Promise.resolve(existsSync(path)),
    async take() {
      const held = await lock();
      if (held === undefined) return undefined;
      return {
        // A file that cannot be read is replaced: it is better to tell twice than never.
        read: () =>
          readFile(path, "utf8")
            .then((text) => JSON.parse(text) as Outage)
            .catch(() => undefined),
        write: async (outage) => {
          makeFolder(dirname(path), 0o700);
          await replacePrivateFile(path, JSON.stringify(outage));
        },
        forget: () => rm(path, { force: true }),
        release: () => held.release([]),
      };
    },
  };
}
