import { isCancel, password } from "@clack/prompts";
import { passwordProblem } from "../../domain/proxy-list/proxy-login.ts";
import { Secret } from "../../domain/secret.ts";
import { UsageError } from "../../errors.ts";

/** Says what is wrong with a secret that is called so; without one it is taken for a proxy's password. */
export type SecretCheck = (what: string, text: string) => string | undefined;

/** Where a question is asked. */
export interface Asker {
  readonly isInteractive: boolean;
  readonly stdin: NodeJS.ReadStream;
  readonly stderr: NodeJS.WriteStream;
  /** What else gives the secret, as it is typed. */
  readonly flags: readonly string[];
  readonly problemOf?: SecretCheck | undefined;
}

/** Asks for a secret without echo, on stderr so that stdout stays data; Ctrl-C ends the command with 130. */
export async function askSecret(question: string, asker: Asker): Promise<Secret> {
  if (!asker.isInteractive)
    throw new UsageError(
      "LAUNCH_USAGE",
      `${question} is needed, but nothing may be asked here: --no-input or CI is set, or there is no terminal to ask for it.`,
      {
        hint: `Give it with ${asker.flags.join(" or ")}.`,
      },
    );
  // Under expect and in some containers a terminal has 0 columns, and the question would stand one letter a line.
  if (!asker.stderr.columns) asker.stderr.columns = 80;
  // A terminal that goes away in the middle of the question answers nothing for ever.
  const gone = new AbortController();
  asker.stdin.once("end", () => gone.abort());
  const answer = await password({
    message: question,
    input: asker.stdin,
    output: asker.stderr,
    signal: gone.signal,
    validate: (text) => {
      if (!text) return "It cannot be empty.";
      const problem = (asker.problemOf ?? passwordProblem)("It", text);
      return (
        problem &&
        `${problem}. Copy only the ${asker.problemOf === undefined ? "password" : "secret"}, or type it.`
      );
    },
  });
  if (isCancel(answer)) throw new UsageError("LAUNCH_USAGE", "Cancelled.", { exitStatus: 130 });
  return new Secret(answer);
}
