import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const closeMs = 10_000;

/** A process of ours that answers each line of JSON by one. Starts the words in a session of their own: Ctrl-C on the terminal is for whoever asks, who then closes it in order. */
export function startAnswering(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  silent: (withinMs: number) => Error,
) {
  const [file = "", ...args] = words;
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"], env: { ...env }, detached: true });
  const ended = new Promise<readonly string[]>((resolve) => {
    child.once("close", () => resolve([]));
    child.once("error", () => resolve([]));
  });
  child.stdin.on("error", () => {});
  const lines = createInterface({ input: child.stdout });
  const killAfter = (ms: number) => setTimeout(() => child.kill("SIGKILL"), ms);
  return {
    /** Rejects with the error of `silent` when it ends, or does not answer in time; it is killed then. */
    async ask<Answer>(message: unknown, withinMs: number): Promise<Answer> {
      const over = new AbortController();
      const late = killAfter(withinMs);
      const answer = Promise.race([once(lines, "line", { signal: over.signal }), ended]);
      child.stdin.write(`${JSON.stringify(message)}\n`);
      const [line] = await answer.finally(() => {
        over.abort();
        clearTimeout(late);
      });
      if (line === undefined) throw silent(withinMs);
      return JSON.parse(line) as Answer;
    },
    /** Closes its stdin, with which it ends; one that stays is killed. */
    async close(): Promise<void> {
      child.stdin.end();
      const late = killAfter(closeMs);
      await ended;
      clearTimeout(late);
    },
  };
}
