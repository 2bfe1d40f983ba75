import { readFile } from "node:fs/promises";
import { decodeText } from "../../domain/text/decode-text.ts";
import { UsageError } from "../../errors.ts";

/** Reads the text of a list from a file, or from stdin for `-`; throws UsageError where it is no text. */
export async function readListFile(
  file: string,
  { readStdin }: { readonly readStdin: () => Promise<Uint8Array> },
): Promise<string> {
  const decoded = decodeText(file === "-" ? await readStdin() : await bytesOf(file));
  if (decoded.kind === "text") return decoded.text;
  const name = file === "-" ? "The text from stdin" : file;
  throw new UsageError("LAUNCH_IMPORT_REJECTED", `${name} ${decoded.what}; nothing was stored.`);
}

async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new UsageError("LAUNCH_INVALID_VALUE", `${file} cannot be read (${code}).`, { cause });
  }
}
