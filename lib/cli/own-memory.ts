import { writeFileSync } from "node:fs";
import { close as closeDebugger } from "node:inspector";
import { setFlagsFromString } from "node:v8";

/** Commands whose process lives as long as what it runs. */
const launchers: ReadonlySet<string> = new Set(["bot", "collector", "up"]);

/**
 * Lets a launcher hold little more than it uses. A start grows the young part of its memory, to 16 MB with ten bots at once, and V8 gives
 * nothing of that back while the process has anything to do; the old part it lets grow to several times of what is used before it collects.
 */
export function keepMemorySmall(words: readonly string[]): void {
  if (!words.some((word) => launchers.has(word))) return;
  for (const flag of ["--semi-space-growth-factor=1", "--heap-growing-percent=30"]) setFlagsFromString(flag);
}

/** Keeps what is in the memory of this process, opened credentials and keys, from debuggers, dumps and reports. */
export function closeMemory(): void {
  undoNodeOptions();
  // Node would answer it with a debugger on a loopback port, which every user of this host may connect to.
  process.on("SIGUSR1", () => {});
  try {
    // A core dump then holds registers and no memory (core(5)); children inherit it, and may change it for themselves.
    writeFileSync("/proc/self/coredump_filter", "0");
  } catch {
    // macOS, and kernels built without core dumps, have no such file.
  }
}

// NODE_OPTIONS is there for the bots, but this process has read it too: a report holds the environment, with the master
// keys where they lie in it, a heap snapshot every secret, and the bot may send the signal that asks for either.
function undoNodeOptions(): void {
  const { report, execArgv } = process;
  report.reportOnSignal = false;
  report.reportOnFatalError = false;
  report.reportOnUncaughtException = false;
  // Nobody of ours listens yet.
  for (const name of process.eventNames())
    if (String(name).startsWith("SIG")) process.removeAllListeners(name);
  // Given to this program itself it is the wish of whoever debugs the launcher.
  if (!execArgv.some((word) => word.startsWith("--inspect"))) closeDebugger();
}
