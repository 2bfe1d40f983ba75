/** Kills a process that a test has looked for; throws where it found none, because any stand-in for its number, like -1, means every process of this host. */
export function killFound(found: { readonly pid: number } | undefined): void {
  if (found === undefined || found.pid <= 1) throw new Error("The process to kill was not found.");
  process.kill(found.pid, "SIGKILL");
}
