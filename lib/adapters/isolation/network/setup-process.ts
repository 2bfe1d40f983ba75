import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { InsideMessage, LauncherMessage } from "../inside/messages.ts";

/** The short-lived process that readies a network, as the launcher talks to it. */
export interface SetupProcess {
  readonly pid: number;
  /** Calls back with each message that comes with a socket, until `opened`; rejects with SetupFailure. */
  opened(take: (message: InsideMessage, handle: unknown) => void): Promise<void>;
  /** Lets it test from inside; what did not hold. Rejects with SetupFailure. */
  test(): Promise<readonly string[]>;
  /** It may go, and goes. */
  release(): void;
  kill(): void;
}

/** Why a network could not be readied, in the words of the program that failed. */
export class SetupFailure extends Error {
  override readonly name = "SetupFailure";
}

/** A host under heavy load still readies a network in a second. */
const longestMs = 20_000;
const mostStderr = 4_096;

/** Starts the words with an IPC channel and nothing of the launcher's environment. */
export function startSetup(words: readonly string[]): SetupProcess {
  const [file = "", ...args] = words;
  // Its own group: a terminal's interrupt means the launcher, which ends it when it is time.
  const child = spawn(file, args, {
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    detached: true,
  });
  const said = collect(child);
  const timer = setTimeout(() => child.kill("SIGKILL"), longestMs);
  const over = once(child, "close").then(
    () =>
      Promise.reject(new SetupFailure(said().trim() || `it ended without a word (${describeEnd(child)})`)),
    (error: NodeJS.ErrnoException) => Promise.reject(new SetupFailure(`${file}: ${error.code}`)),
  );
  over.catch(() => clearTimeout(timer));
  return {
    pid: child.pid ?? -1,
    opened: (take) => Promise.race([hearUntil(child, "opened", take), over]).then(() => {}),
    async test() {
      tell(child, { type: "test" });
      const tested = await Promise.race([hearUntil(child, "tested", () => {}), over]);
      return tested.type === "tested" ? tested.failures : [];
    },
    release() {
      tell(child, { type: "done" });
      child.unref();
      clearTimeout(timer);
    },
    kill: () => child.kill("SIGKILL"),
  };
}

function tell(child: ChildProcess, message: LauncherMessage): void {
  // A channel that closed meanwhile is told by the end of the process.
  child.send(message, () => {});
}

function hearUntil(
  child: ChildProcess,
  last: InsideMessage["type"],
  take: (message: InsideMessage, handle: unknown) => void,
): Promise<InsideMessage> {
  return new Promise((resolve, reject) => {
    const hear = (message: unknown, handle: unknown): void => {
      const known = message as InsideMessage;
      if (known.type === "failed") reject(new SetupFailure(`launch-step: open ${known.why}`));
      else if (known.type === last) resolve(known);
      else {
        take(known, handle);
        return;
      }
      child.off("message", hear);
    };
    child.on("message", hear);
  });
}

function collect(child: ChildProcess): () => string {
  let text = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    text = (text + chunk).slice(0, mostStderr);
  });
  return () => text;
}

function describeEnd(child: ChildProcess): string {
  return child.signalCode === null ? `status ${child.exitCode}` : `signal ${child.signalCode}`;
}
