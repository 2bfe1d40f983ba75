import { writeFileSync } from "node:fs";
import { close as closeDebugger } from "node:inspector";

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
