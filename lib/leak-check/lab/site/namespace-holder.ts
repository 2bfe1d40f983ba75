import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { ProcessError } from "../../../errors.ts";

/** A process that keeps namespaces alive until its stdin ends, and so never outlives whoever opened them. */
export interface NamespaceHolder {
  readonly pid: number;
  /** Sends a line that the holder's script waits for, and waits for the line that it says next. */
  tell(line: string): Promise<string>;
  close(): Promise<void>;
}

const [deadlineMs, closeMs] = [15_000, 5_000];

/** Starts the words followed by `sh -c script`; the script says one line when it is ready and ends in `cat`. */
export async function holdNamespaces(words: readonly string[], script: string): Promise<NamespaceHolder> {
  const [file, ...args] = [...words, "/bin/sh", "-c", script];
  // Of their own session: Ctrl-C on the terminal is for whoever opened the lab, who then closes it in order.
  const stdio = ["pipe", "pipe", "pipe"] as const;
  const child = spawn(file, args, { stdio: [...stdio], env: namespaceEnvironment, detached: true });
  let stderr = "";
  const ended = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", ({ message }) => {
      stderr = message;
      resolve();
    });
  });
  child.stdin.on("error", () => {});
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const late = setTimeout(() => child.kill("SIGKILL"), deadlineMs);
    const said = await Promise.race([lines.next(), ended]);
    clearTimeout(late);
    if (said?.done === false) return said.value;
    await ended;
    throw labFailed(stderr.trim() || "one of its processes ended at once");
  };
  await nextLine();
  return {
    pid: child.pid ?? -1,
    tell(line) {
      child.stdin.write(`${line}\n`);
      return nextLine();
    },
    async close() {
      child.stdin.end();
      const late = setTimeout(() => child.kill("SIGKILL"), closeMs);
      await ended;
      clearTimeout(late);
    },
  };
}

/** What tools of the lab get as environment: the usual places of Debian's administration tools and nothing else. */
export const namespaceEnvironment: Readonly<Record<string, string>> = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C",
};

/** Runs a command to its end and gives back its stdout; throws with its stderr. */
export async function runTool(words: readonly string[]): Promise<string> {
  const [file = "", ...args] = words;
  const child = spawn(file, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: namespaceEnvironment,
    detached: true,
    timeout: deadlineMs,
    killSignal: "SIGKILL",
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const [code] = await once(child, "close").catch((error: Error) => {
    stderr = error.message;
    return [-1];
  });
  if (code !== 0) throw labFailed(`${words.slice(-6).join(" ")}: ${stderr.trim() || "no answer in time"}`);
  return stdout;
}

/** The error of a lab that cannot be made here. */
export function labFailed(why: string): ProcessError {
  return new ProcessError(
    "LAUNCH_SPAWN_FAILED",
    `The lab of namespaces could not be made: ${why.replace(/\.$/, "")}.`,
    {
      hint: "It needs user namespaces or root, and `apt-get install iproute2 nftables util-linux`.",
    },
  );
}
