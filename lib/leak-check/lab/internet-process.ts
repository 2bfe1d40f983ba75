import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { ProcessError } from "../../errors.ts";
import type { Arrival } from "./site/leak-lab.ts";
import { namespaceEnvironment } from "./site/namespace-holder.ts";

/** What the internet's process is told on its first line. */
export interface InternetSpec {
  readonly site: "namespace" | "loopback";
  /** The folder with the files of `makeLabCertificate`; undefined without them. */
  readonly certificates: string | undefined;
  readonly credential: { readonly user: string; readonly secret: string };
}

/** The targets and the proxy, in a process that never outlives whoever started it. */
export interface Internet<Places> {
  readonly places: Places;
  arrivals(): Promise<readonly Arrival[]>;
  close(): Promise<void>;
}

const closeMs = 5_000;

/** Starts the words (they run the compiled internet.js) and waits until everything listens; throws ProcessError when it does not answer in time, now or later. */
export async function startInternet<Places>(
  words: readonly string[],
  spec: InternetSpec,
  answerMs = 15_000,
): Promise<Internet<Places>> {
  const [file = "", ...args] = words;
  const stdio = ["pipe", "pipe", "inherit"] as const;
  // Of its own session: Ctrl-C on the terminal is for whoever reads the answers.
  const child = spawn(file, args, { stdio: [...stdio], env: namespaceEnvironment, detached: true });
  const ended = new Promise<readonly string[]>((resolve) => {
    child.once("close", () => resolve([]));
    child.once("error", () => resolve([]));
  });
  child.stdin.on("error", () => {});
  const lines = createInterface({ input: child.stdout });
  const ask = async <Answer>(message: unknown): Promise<Answer> => {
    const over = new AbortController();
    const late = setTimeout(() => child.kill("SIGKILL"), answerMs);
    const answer = Promise.race([once(lines, "line", { signal: over.signal }), ended]);
    child.stdin.write(`${JSON.stringify(message)}\n`);
    const [line] = await answer.finally(() => {
      over.abort();
      clearTimeout(late);
    });
    if (line === undefined) throw silentInternet(answerMs);
    return JSON.parse(line) as Answer;
  };
  return {
    places: await ask<Places>(spec),
    arrivals: () => ask<readonly Arrival[]>("arrivals"),
    async close() {
      child.stdin.end();
      const late = setTimeout(() => child.kill("SIGKILL"), closeMs);
      await ended;
      clearTimeout(late);
    },
  };
}

function silentInternet(answerMs: number): ProcessError {
  const message = `The targets of the leak check ended, or did not answer within ${answerMs / 1000} s.`;
  return new ProcessError("LAUNCH_SPAWN_FAILED", message, {
    hint: "Run `launch doctor --leaks` again when the machine is less busy; their output is above.",
  });
}
