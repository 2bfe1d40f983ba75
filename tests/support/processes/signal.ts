/** Signals one process; throws for any number that is none: 0 is the group of the test itself, and -1 all processes of this host. */
export function signal(pid: number | undefined, name: NodeJS.Signals): void {
  process.kill(processId(pid), name);
}

/** Signals the group that the process leads, as a terminal does. */
export function signalGroup(pid: number | undefined, name: NodeJS.Signals): void {
  process.kill(-processId(pid), name);
}

function processId(pid: number | undefined): number {
  if (pid === undefined || !Number.isInteger(pid) || pid <= 1)
    throw new Error(`There is no process to signal: its number was read as ${pid}.`);
  return pid;
}
