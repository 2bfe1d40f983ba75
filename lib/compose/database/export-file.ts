import { access, link, open, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { draftOf, syncFolder } from "../../adapters/host-files/private-file.ts";
import { LaunchError, UsageError } from "../../errors.ts";
import type { Database } from "./database.ts";

const flushedChars = 64 * 1024;

/** Writes an export of mode 0600, whole or not at all, down to the disk; one that exists is never replaced. Gives back the number of rows. */
export async function exportToFile(database: Pick<Database, "exportTo">, file: string): Promise<number> {
  if (await exists(file)) throw unusable(file, { code: "EEXIST" });
  const draft = draftOf(file);
  try {
    const rows = await writeDraft(database, draft);
    await publish(draft, file);
    await syncFolder(dirname(file));
    return rows;
  } catch (cause) {
    throw cause instanceof LaunchError ? cause : unusable(file, cause);
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}

async function writeDraft(database: Pick<Database, "exportTo">, draft: string): Promise<number> {
  const output = await open(draft, "wx", 0o600);
  try {
    let waiting = "";
    const rows = await database.exportTo(async (line) => {
      waiting += `${line}\n`;
      if (waiting.length < flushedChars) return;
      await output.writeFile(waiting);
      waiting = "";
    });
    await output.writeFile(waiting);
    await output.sync();
    return rows;
  } finally {
    await output.close();
  }
}

// link() never replaces what is there, but not every disk that backups go to has it.
async function publish(draft: string, file: string): Promise<void> {
  try {
    await link(draft, file);
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(code) || (await exists(file))) throw cause;
    await rename(draft, file);
  }
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}

function unusable(file: string, cause: unknown): UsageError {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === undefined) throw cause;
  return new UsageError("LAUNCH_INVALID_VALUE", `${file} cannot be created (${code}).`, { cause });
}
