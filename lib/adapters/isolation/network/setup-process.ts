import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Dial } from "../../../ports/exit-witness.ts";
import type { InsideMessage, LauncherMessage } from "../inside/messages.ts";
import { dialFromInside } from "./inside-dial.ts";
import { setupNews } from "./setup-script.ts";
import { emptyTmpNews } from "./view-script.ts";

/** The short-lived process that readies a network, as the launcher talks to it. */
export interface SetupProcess {
  readonly pid: number;
  /**
   * Calls back with each message that comes before the test is over; settles once the network and the file view are ready, with what
   * did not hold in the test from inside. Rejects with SetupFailure.
   */
  readied(take: (message: InsideMessage, handle: unknown) => void): Promise<readonly string[]>;
  /** Connections that it opens, from `opened` until it goes. */
  dial(addressOf: (host: string) => string): Dial;
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

/** What the steps are told and tell beside the inside process. */
export interface SetupTalk {
  readonly covered: Promise<readonly string[]>;
  readonly onEmptyTmp: (path: string) => void;
}

/** Starts the words with an IPC channel and nothing of the launcher's environment. */
export function startSetup(words: readonly string[], { covered, onEmptyTmp }: SetupTalk): SetupProcess {
  const [file = "", ...args] = words;
  // Its own group: a terminal's interrupt means the launcher, which ends it, and the shell beside it, when it is time.
  const child = spawn(file, args, {
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
    stdio: ["pipe", "pipe", "pipe", "ipc"],
    detached: true,
  });
  const said = collect(child);
  const kill = (): void => killGroup(child);
  const timer = setTimeout(kill, longestMs);
  const over = once(child, "close").then(
    () =>
      Promise.reject(
        new SetupFailure(said().trim() || `it ended without an error message (${describeEnd(child)})`),
      ),
    (error: NodeJS.ErrnoException) => Promise.reject(new SetupFailure(`${file}: ${error.code}`)),
  );
  over.catch(() => clearTimeout(timer));
  const isViewReady = hearSteps(child, kill, onEmptyTmp);
  tellSockets(child, covered);
  return {
    pid: child.pid ?? -1,
    readied: async (take) => {
      const all = Promise.all([hearUntilTested(child, take), isViewReady, covered]);
      const [failures] = await Promise.race([all, over]);
      clearTimeout(timer);
      return failures;
    },
    dial: (addressOf) => dialFromInside(child, addressOf),
    release() {
      tell(child, { type: "done" });
      child.unref();
    },
    kill,
  };
}

function tell(child: ChildProcess, message: LauncherMessage): void {
  // A channel that closed meanwhile is told by the end of the process.
  child.send(message, () => {});
}

function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  // The number of a group that is gone may be a stranger's.
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It is gone already.
  }
}

// The steps beside the inside process: it may test once the network is ready, and all is well only after the last. When
// they break off, the inside process waits in vain: what they wrote is the reason.
function hearSteps(child: ChildProcess, kill: () => void, onEmptyTmp: (path: string) => void): Promise<void> {
  return new Promise((resolve) => {
    let text = "";
    const isSaid = (word: string) => text.split("\n").slice(0, -1).includes(word);
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      const wasNetworkReady = isSaid(setupNews.network);
      text += chunk;
      if (!wasNetworkReady && isSaid(setupNews.network)) tell(child, { type: "test" });
      if (!isSaid(setupNews.all)) return;
      for (const line of text.split("\n").filter((word) => word.startsWith(emptyTmpNews)))
        onEmptyTmp(line.slice(emptyTmpNews.length));
      resolve();
    });
    child.stdout?.once("end", () => {
      if (!isSaid(setupNews.all)) kill();
    });
  });
}

// A path with a line break would be read as two, and no honest program has one.
function tellSockets(child: ChildProcess, covered: Promise<readonly string[]>): void {
  // A set-up that failed meanwhile says why itself.
  child.stdin?.on("error", () => {});
  covered.then(
    (paths) => {
      const lines = paths.filter((path) => !path.includes("\n")).map((path) => `${path}\n`);
      child.stdin?.end(lines.join(""));
      // Without an answer there is no file view: whoever waits for it hears why.
    },
    () => {},
  );
}

function hearUntilTested(
  child: ChildProcess,
  take: (message: InsideMessage, handle: unknown) => void,
): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    child.on("message", (message: unknown, handle: unknown) => {
      const known = message as InsideMessage;
      if (known.type === "failed") reject(new SetupFailure(`launch-step: open ${known.why}`));
      else if (known.type === "tested") resolve(known.failures);
      else take(known, handle);
    });
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
