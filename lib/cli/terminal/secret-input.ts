import { readFileSync } from "node:fs";
import { passwordProblem } from "../../domain/proxy-list/proxy-login.ts";
import { Secret } from "../../domain/secret.ts";
import { decodeText } from "../../domain/text/decode-text.ts";
import { UsageError } from "../../errors.ts";
import type { Io } from "./io.ts";

/** The ways in which a secret may be given: at most one; none means a question on the terminal. */
export interface SecretSources {
  /** What is asked for, as the question says it: "Password of fra-1". */
  readonly what: string;
  /** Typed on the command line, where every user of the host can read it. */
  readonly typed: { readonly flag: string; readonly value: string | undefined };
  readonly file: { readonly flag: string; readonly value: string | undefined };
  readonly stdin: { readonly flag: string; readonly value: boolean };
}

/** Reads a secret from where it was given; one newline at the end of a file or of stdin does not belong to it. */
export async function readSecret(sources: SecretSources, io: Io): Promise<Secret> {
  const { what, typed, file, stdin } = sources;
  const given = [typed, file, stdin].filter(({ value }) => value !== undefined && value !== false);
  if (given.length > 1)
    throw new UsageError(
      "LAUNCH_USAGE",
      `${what} was given twice: ${given.map(({ flag }) => flag).join(", ")}.`,
    );
  if (typed.value !== undefined) {
    io.warn(`warning: ${typed.flag} shows the secret to every user of this host; use ${stdin.flag} instead.`);
    return checked(typed.value, what, typed.flag, io);
  }
  if (file.value !== undefined)
    return checked(textOf(readFile(file.value, file.flag), file.flag), what, file.flag, io);
  if (stdin.value) return checked(textOf(await io.readStdin(), stdin.flag), what, stdin.flag, io);
  return io.askSecret(what, [stdin.flag, file.flag]);
}

function readFile(path: string, flag: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw new UsageError("LAUNCH_INVALID_VALUE", `${flag}: ${path} cannot be read (${code}).`, { cause });
  }
}

function textOf(bytes: Uint8Array, flag: string): string {
  const decoded = decodeText(bytes);
  if (decoded.kind === "text") return decoded.text.replace(/\r?\n$/, "");
  throw new UsageError("LAUNCH_INVALID_VALUE", `What ${flag} gives ${decoded.what}.`);
}

function checked(text: string, what: string, flag: string, io: Io): Secret {
  const hint = "Copy only the password, or type it.";
  if (text === "") throw new UsageError("LAUNCH_INVALID_VALUE", `${what} from ${flag} is empty.`, { hint });
  if (/[\r\n]/.test(text))
    throw new UsageError("LAUNCH_INVALID_VALUE", `${what} from ${flag} has more than one line.`, { hint });
  const problem = passwordProblem(`${what} from ${flag}`, text);
  if (problem !== undefined) throw new UsageError("LAUNCH_INVALID_VALUE", `${problem}.`, { hint });
  if (text.trim() !== text)
    io.warn(`warning: ${what} from ${flag} begins or ends with a space, which is kept.`);
  return new Secret(text);
}
