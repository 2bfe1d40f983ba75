import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { hostLimit } from "../../../domain/host-limit.ts";
import { LaunchError } from "../../../errors.ts";
import type { InsideMessage, LauncherMessage } from "../inside/messages.ts";
import { dialFromInside } from "./inside-dial.ts";
import { endOfView, setupNews } from "./setup-script.ts";
import { emptyTmpNews } from "./view-script.ts";

/** Why a network could not be readied, in the words of the program that failed. */
export class SetupFailure extends Error {
  override readonly name = "SetupFailure";
}

/** A host under heavy load still readies a network in a second. One that starts many launchers at once, as after a boot, may not. */
const longestMs = 20_000;
const mostStderr = 4_096;

/** How a file view is made. */
export interface FilesToLay {
  /** For the shell. */
  readonly steps: readonly string[];
  /** Paths of sockets in whose place nothing is to be seen; looked for while the rest is made. */
  readonly covered: Promise<readonly string[]>;
  /** Told of a folder for temporary files that is empty, because the host's cannot be laid under it. */
  readonly onEmptyTmp: (path: string) => void;
}

/** Starts the short-lived process that readies a network, with an IPC channel and nothing of the launcher's environment. */
export function startSetup(words: readonly string[], withinMs = longestMs) {
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
  const over = once(child, "close").then(
    () => Promise.reject(whyEnded(child, said().trim())),
    (error: NodeJS.ErrnoException) =>
      Promise.reject(hostLimit(error) ?? new SetupFailure(`${file}: ${error.code}`)),
  );
  over.catch(() => {});
  const steps = hearSteps(child, kill);
  const inTime = async <T>(work: Promise<T>): Promise<T> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        kill();
        reject(tooSlow(withinMs));
      }, withinMs);
    });
    return await Promise.race([work, over, late]).finally(() => clearTimeout(timer));
  };
  void steps.said(setupNews.network).then(() => tell(child, { type: "test" }));
  return {
    pid: child.pid ?? -1,
    /**
     * Calls back with each message that comes before the test is over; settles once the network is ready and files can be laid over
     * others, with what did not hold in the test from inside. Rejects with SetupFailure, or with LaunchError LAUNCH_HOST_LIMIT.
     */
    readied: async (take: (message: InsideMessage, handle: unknown) => void): Promise<readonly string[]> => {
      const [failures] = await inTime(
        Promise.all([hearUntilTested(child, take), steps.said(setupNews.files)]),
      );
      return failures;
    },
    /** Makes the file view; rejects as `readied`. */
    furnish: async (files: FilesToLay): Promise<void> => {
      await inTime(Promise.all([tellFiles(child, files), steps.said(setupNews.all)]));
      steps.emptyTmps().forEach(files.onEmptyTmp);
    },
    /** Connections that it opens, from the end of the test until it goes. */
    dial: (addressOf: (host: string) => string) => dialFromInside(child, addressOf),
    /** It may go, and goes. */
    release(): void {
      tell(child, { type: "done" });
      child.unref();
    },
    kill,
  };
}

// That says nothing of the tier: it must neither end the run for good nor have another tier chosen.
function tooSlow(withinMs: number): LaunchError {
  const message = `This host is too busy: a bot's network was not ready within ${withinMs / 1_000} s.`;
  return new LaunchError("LAUNCH_HOST_LIMIT", message, {
    hint: "See what keeps it busy with `top`, or start fewer bots at once, and start it again.",
  });
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
function hearSteps(child: ChildProcess, kill: () => void) {
  const lines: string[] = [];
  const waiting = new Map<string, () => void>();
  let rest = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    const whole = (rest + chunk).split("\n");
    rest = whole.pop() ?? "";
    lines.push(...whole);
    for (const line of whole) waiting.get(line)?.();
  });
  child.stdout?.once("end", () => {
    if (!lines.includes(setupNews.all)) kill();
  });
  return {
    said: (news: string) =>
      new Promise<void>((resolve) => {
        if (lines.includes(news)) resolve();
        else waiting.set(news, resolve);
      }),
    emptyTmps: () =>
      lines.filter((line) => line.startsWith(emptyTmpNews)).map((line) => line.slice(emptyTmpNews.length)),
  };
}

// A path with a line break would be read as two, and no honest program has one.
async function tellFiles(child: ChildProcess, { steps, covered }: FilesToLay): Promise<void> {
  // A set-up that failed meanwhile says why itself.
  child.stdin?.on("error", () => {}).write(`${[...steps, endOfView].join("\n")}\n`);
  const paths = (await covered).filter((path) => !path.includes("\n"));
  child.stdin?.end(paths.map((path) => `${path}\n`).join(""));
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

// Whoever is killed before a word says as little of the tier as one that is too slow.
function whyEnded({ exitCode, signalCode }: ChildProcess, words: string): Error {
  if (words !== "") return new SetupFailure(words);
  if (signalCode === null) return new SetupFailure(`it ended without an error message (status ${exitCode})`);
  const message = `A bot's network was not readied: what makes it was killed (signal ${signalCode}).`;
  return new LaunchError("LAUNCH_HOST_LIMIT", message, {
    hint: "See in `dmesg` whether this host ran out of memory, and start it again.",
  });
}
