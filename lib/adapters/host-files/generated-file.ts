import { readFile, rename, unlink } from "node:fs/promises";
import { UsageError } from "../../errors.ts";
import { draftOf, writePrivateFile } from "./private-file.ts";

/** Writes a generated file of mode 0600 in one step; replaces only what begins with the same first words, so that nobody's own file is lost. */
export async function writeGeneratedFile(path: string, text: string): Promise<void> {
  const mark = text.slice(0, text.indexOf(";"));
  const present = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw notWritable(path, error);
  });
  if (present !== undefined && !present.startsWith(mark))
    throw new UsageError(
      "LAUNCH_ALREADY_EXISTS",
      `${path} exists and was not generated; it was not touched.`,
      {
        hint: "Choose another file with --out, or move this one away.",
      },
    );
  const draft = draftOf(path);
  try {
    await writePrivateFile(draft, text);
    await rename(draft, path);
  } catch (error) {
    throw notWritable(path, error as NodeJS.ErrnoException);
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}

function notWritable(path: string, cause: NodeJS.ErrnoException): UsageError {
  return new UsageError("LAUNCH_INVALID_VALUE", `${path} cannot be written (${cause.code}).`, { cause });
}
