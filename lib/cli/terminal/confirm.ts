import { createInterface } from "node:readline";

/** Where a question is asked. */
export interface Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stderr: NodeJS.WriteStream;
}

/**
 * Asks for a yes, or for a text that has to be typed, on stderr so that stdout stays data; everything else is a no. The
 * terminal itself edits the line, so nothing but plain text is written, and Ctrl-C ends the command as it always does.
 */
export async function confirm(
  question: string,
  typed: string | undefined,
  terminal: Terminal,
): Promise<boolean> {
  if (typed === undefined) return /^y(es)?$/i.test(await answerTo(`${question} [y/N] `, terminal));
  return (await answerTo(`${question} This cannot be undone. Type ${typed} to do it: `, terminal)) === typed;
}

function answerTo(text: string, { stdin, stderr }: Terminal): Promise<string> {
  stderr.write(text);
  const lines = createInterface({ input: stdin, terminal: false });
  return new Promise<string>((resolve) => {
    lines.once("line", (line) => resolve(line.trim()));
    // Ctrl-D, or a terminal that went away.
    lines.once("close", () => {
      stderr.write("\n");
      resolve("");
    });
  }).finally(() => lines.removeAllListeners("close").close());
}
