import { readFile } from "node:fs/promises";
import { replacePrivateFile } from "../../adapters/host-files/private-file.ts";
import { type NotifySettings, type SealedFile, secretPaths } from "../../domain/alerts/notify-settings.ts";
import { parseSealedText, writeSealedText } from "../../domain/alerts/sealed-text.ts";
import type { KeyId } from "../../domain/ids.ts";
import { Secret } from "../../domain/secret.ts";
import { decodeLine } from "../../domain/text/decode-text.ts";
import { CredentialUnopenableError, UsageError } from "../../errors.ts";
import type { Keyring } from "../keyring.ts";

/** The files of `notify` that are sealed, with the key of each; a file that cannot be read is none. */
export async function sealedFiles(notify: NotifySettings | undefined): Promise<readonly SealedFile[]> {
  if (notify === undefined) return [];
  const read = secretPaths(notify).map(async (path) => {
    const sealed = parseSealedText(await readFile(path, "utf8").catch(() => ""));
    return sealed === undefined ? [] : [{ path, keyId: sealed.keyId }];
  });
  return (await Promise.all(read)).flat();
}

/** Whether the file is there: what is in it is sealed, and nothing has to be asked for. */
export async function isThere(path: string): Promise<boolean> {
  return (await bytesOf(path)) !== undefined;
}

/** Seals the secret in its file with the newest key, in one step; without a secret that one is sealed which the file holds. */
export async function sealFile(
  keyring: Pick<Keyring, "openText" | "sealText">,
  path: string,
  given: Secret | undefined,
): Promise<KeyId> {
  const secret = given ?? (await heldBy(path, keyring));
  const sealed = await keyring.sealText(secret);
  await replacePrivateFile(path, `${writeSealedText(sealed)}\n`).catch((cause: unknown) => {
    throw unusable(path, "written", cause);
  });
  return sealed.keyId;
}

/** Throws UsageError for what cannot be a secret of one line. */
export function secretOf(bytes: Uint8Array, from: string): Secret {
  const read = decodeLine(bytes);
  if (read.kind === "text") return new Secret(read.text);
  throw new UsageError("LAUNCH_INVALID_VALUE", `The secret from ${from} ${read.what}.`);
}

async function heldBy(path: string, keyring: Pick<Keyring, "openText">): Promise<Secret> {
  const bytes = (await bytesOf(path)) ?? Buffer.alloc(0);
  const sealed = parseSealedText(bytes.toString("utf8"));
  if (sealed === undefined) return secretOf(bytes, path);
  const opened = await keyring.openText(sealed);
  if (opened !== undefined) return new Secret(opened);
  throw new CredentialUnopenableError(
    `${path} is sealed with key ${sealed.keyId}, and no key here opens it.`,
    {
      hint: `Run \`launch notify seal ${path} --stdin\` with the secret, or give the right key file with --key-file.`,
    },
  );
}

async function bytesOf(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unusable(path, "read", cause);
  }
}

function unusable(path: string, what: "read" | "written", cause: unknown): UsageError {
  const { code = "unknown" } = cause as NodeJS.ErrnoException;
  return new UsageError("LAUNCH_INVALID_VALUE", `${path} cannot be ${what} (${code}).`, { cause });
}
