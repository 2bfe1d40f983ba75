import { readFile, stat } from "node:fs/promises";
import type { SecretFile } from "../../../domain/alerts/notify-settings.ts";
import { parseSealedText, type SealedText } from "../../../domain/alerts/sealed-text.ts";
import { decodeLine } from "../../../domain/text/decode-text.ts";
import { ChannelTrouble } from "./sent.ts";

/** Opens what `launch notify seal` sealed; undefined when no master key here fits. */
export type Unseal = (sealed: SealedText) => Promise<string | undefined>;

/** Reads secrets anew each time, so that a new one counts at once; throws ChannelTrouble where one cannot be used. */
export interface SecretReader {
  text(file: SecretFile): Promise<string>;
  /** A URL that is a secret, path included. */
  url(file: SecretFile): Promise<URL>;
}

/** Reads files that only their owner can read, and sealed ones whoever can read them. */
export function secretReader(unseal: Unseal): SecretReader {
  const text = (file: SecretFile) => readPrivate(file, unseal);
  return {
    text,
    async url(file) {
      const url = await text(file);
      if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
        throw new ChannelTrouble(`${file.path} holds no http(s) URL`);
      return new URL(url);
    },
  };
}

async function readPrivate({ path }: SecretFile, unseal: Unseal): Promise<string> {
  try {
    const bytes = await readFile(path);
    const sealed = parseSealedText(bytes.toString("utf8"));
    if (sealed !== undefined) return await opened(path, sealed, unseal);
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0)
      throw new ChannelTrouble(`${path} can be read by other users: run \`chmod 600 ${path}\``);
    const read = decodeLine(bytes);
    if (read.kind === "text") return read.text;
    throw new ChannelTrouble(`${path} ${read.what}: write the secret into it`);
  } catch (error) {
    if (error instanceof ChannelTrouble) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "does not exist" : `cannot be read (${code ?? "unknown"})`;
    throw new ChannelTrouble(`${path} ${why}: it has to hold the secret`);
  }
}

async function opened(path: string, sealed: SealedText, unseal: Unseal): Promise<string> {
  const text = await unseal(sealed).catch((error: unknown) => {
    throw new ChannelTrouble(`${path} is sealed: ${error instanceof Error ? error.message : "no key"}`);
  });
  if (text !== undefined) return text.trim();
  throw new ChannelTrouble(
    `${path} is sealed with key ${sealed.keyId}, which opens it no more or is not in the key file: run \`launch notify seal ${path} --stdin\` with the secret`,
  );
}
