import { readFile, stat } from "node:fs/promises";
import pg from "pg";
import { type PassTarget, passwordFor, withPassword } from "../../domain/database/pass-file.ts";
import { decodeText } from "../../domain/text/decode-text.ts";
import { unseenIn } from "../../domain/text/unseen.ts";
import { ConfigError } from "../../errors.ts";
import { replacePrivateFile } from "../host-files/private-file.ts";

/** A file with passwords; one that was handed over may be readable by its group as well. */
interface PassFile {
  readonly path: string;
  readonly isHandedOver: boolean;
}

/** A database URL with the password that the file has for it; one that has a password of its own is given back as it is. */
export async function urlWithPassword(url: string, passFile: PassFile | undefined): Promise<string> {
  if (passFile === undefined || clientOf(url).password) return url;
  const password = passwordFor(targetOf(url), await readPassFile(passFile));
  if (password === undefined) return url;
  const unseen = unseenIn("a password that", password);
  if (unseen !== undefined) throw unusable(passFile.path, `holds ${unseen}`);
  const whole = new URL(url);
  // Of a URL without host, as for a socket, `new URL` drops the user part.
  if (whole.host === "") whole.searchParams.set("password", password);
  else whole.password = encodeURIComponent(password);
  return whole.href;
}

/** A database URL without its password, which is written into the file; other lines of the file stay. */
export async function movePasswordToFile(
  url: string,
  passFile: string,
): Promise<{ readonly url: string; readonly isWritten: boolean }> {
  const { password } = clientOf(url);
  if (!password) return { url, isWritten: false };
  const before = await readPassFile({ path: passFile, isHandedOver: false }).catch((error: unknown) => {
    if ((error as { cause?: NodeJS.ErrnoException }).cause?.code === "ENOENT") return "";
    throw error;
  });
  await replacePrivateFile(passFile, withPassword(before, targetOf(url), password));
  const bare = new URL(url);
  bare.password = "";
  bare.searchParams.delete("password");
  return { url: bare.href, isWritten: true };
}

function targetOf(url: string): PassTarget {
  const { host, port, database, user } = clientOf(url);
  return { host, port, database: database ?? "", user: user ?? "" };
}

// The error of a malformed URL carries the whole URL, password included; configuration has read it before.
function clientOf(url: string): pg.Client {
  return new pg.Client({ connectionString: url });
}

async function readPassFile({ path, isHandedOver }: PassFile): Promise<string> {
  const facts = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw unusable(path, `cannot be read (${cause.code})`, cause);
  });
  // A cluster hands files over to a group: only so can a user other than root read them.
  const forbidden = isHandedOver ? 0o007 : 0o077;
  if (facts.isFile() && (facts.mode & forbidden) !== 0)
    throw new ConfigError("LAUNCH_CONFIG_INVALID", `${path} holds passwords, and other users can read it.`, {
      hint: `Run \`chmod 600 ${path}\`.`,
    });
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw unusable(path, `cannot be read (${cause.code})`, cause);
  });
  const read = decodeText(bytes);
  if (read.kind === "text") return read.text;
  throw unusable(path, read.what);
}

function unusable(path: string, what: string, cause?: unknown): ConfigError {
  return new ConfigError("LAUNCH_CONFIG_INVALID", `The password file ${path} ${what}.`, {
    cause,
    hint: "Correct LAUNCH_DATABASE_PASSFILE, or make the file with mode 0600: host:port:database:user:password.",
  });
}
