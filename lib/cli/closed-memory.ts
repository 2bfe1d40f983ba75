import { writeFileSync } from "node:fs";

/** Keeps what is in the memory of this process, opened credentials and keys, from debuggers and core dumps. */
export function closeMemory(): void {
  // Node would answer it with a debugger on a loopback port, which every user of this host may connect to.
  process.on("SIGUSR1", () => {});
  try {
    // A core dump then holds registers and no memory (core(5)); children inherit it, and may change it for themselves.
    writeFileSync("/proc/self/coredump_filter", "0");
  } catch {
    // macOS, and kernels built without core dumps, have no such file.
  }
}
