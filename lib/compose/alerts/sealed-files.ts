import { readFile } from "node:fs/promises";
import { replacePrivateFile } from "../../adapters/host-files/private-file.ts";
import { type NotifySettings, type SealedFile, secretPaths } from "../../domain/alerts/notify-settings.ts";
import { parseSealedText, writeSealedText } from "../../domain/alerts/sealed-text.ts";
import type { KeyId } from "../../domain/ids.ts";
import { Secret } from "../../domain/secret.ts";
import { unseenProblem } from "../../domain/text/unseen.ts";
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
  return (await textOf(path)) !== undefined;
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
export function secretOfText(text: string, from: string): Secret {
  const line = text.trim();
  const problem =
    line === "" ? "is empty" : /[\r\n]/.test(line) ? "has more than one line" : unseenProblem(line);
  if (problem === undefined) return new Secret(line);
  throw new UsageError("LAUNCH_INVALID_VALUE", `The secret from ${from} ${problem}.`);
}

async function heldBy(path: string, keyring: Pick<Keyring, "openText">): Promise<Secret> {
  const text = (await textOf(path)) ?? "";
  const sealed = parseSealedText(text);
  if (sealed === undefined) return secretOfText(text, path);
  const opened = await keyring.openText(sealed);
  if (opened !== undefined) return new Secret(opened);
  throw new CredentialUnopenableError(
    `${path} is sealed with key ${sealed.keyId}, and no key here opens it.`,
    {
      hint: `Run \`launch notify seal ${path} --stdin\` with the secret, or give the right key file with --key-file.`,
    },
  );
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unusable(path, "read", cause);
  }
}

function unusable(path: string, what: "read" | "written", cause: unknown): UsageError {
  const { code = "unknown" } = cause as NodeJS.ErrnoException;
  return new UsageError("LAUNCH_INVALID_VALUE", `${path} cannot be ${what} (${code}).`, { cause });
}
