import { readFile, stat } from "node:fs/promises";
import type { SecretFile } from "../../../domain/alerts/notify-settings.ts";
import { ChannelTrouble } from "./sent.ts";

/** Reads a secret anew each time, so that a new one counts at once; throws ChannelTrouble where it cannot be used. */
export async function readSecret({ path }: SecretFile): Promise<string> {
  const text = await readPrivate(path);
  if (text === "") throw new ChannelTrouble(`${path} is empty: write the secret into it`);
  if (/[\r\n]/.test(text)) throw new ChannelTrouble(`${path} holds more than one line`);
  return text;
}

async function readPrivate(path: string): Promise<string> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0)
      throw new ChannelTrouble(`${path} can be read by other users: run \`chmod 600 ${path}\``);
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    if (error instanceof ChannelTrouble) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "does not exist" : `cannot be read (${code ?? "unknown"})`;
    throw new ChannelTrouble(`${path} ${why}: it has to hold the secret`);
  }
}

/** A URL that is a secret, path included. */
export async function readSecretUrl(file: SecretFile): Promise<URL> {
  const text = await readSecret(file);
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new ChannelTrouble(`${file.path} holds no http(s) URL`);
  return new URL(text);
}
