import { open } from "node:fs/promises";

/** Writes a new file that only its owner reads, down to the disk. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
