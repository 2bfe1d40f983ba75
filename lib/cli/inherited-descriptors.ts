import { closeSync, readdirSync, readFileSync } from "node:fs";

const closedOnExec = 0o2000000;

/**
 * Closes what whoever started this process left open for every program it starts, beyond the standard streams: a bot must
 * not get a socket of the host's network, nor a daemon of ours keep a stranger's pipe. Node opens nothing that children inherit.
 */
export function closeInherited(): void {
  for (const descriptor of inherited()) closeSync(descriptor);
}

// Node sees to the first sixteen and goes on until a gap (uv_disable_stdio_inheritance); a shell may choose any number.
function inherited(): readonly number[] {
  try {
    return readdirSync("/proc/self/fd")
      .map(Number)
      .filter((descriptor) => descriptor > 2 && !isClosedOnExec(descriptor));
  } catch {
    // Only Linux tells the flags of a descriptor in a file.
    return [];
  }
}

function isClosedOnExec(descriptor: number): boolean {
  try {
    const info = readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8");
    return (Number.parseInt(/^flags:\s+(\d+)/m.exec(info)?.[1] ?? "", 8) & closedOnExec) !== 0;
  } catch {
    // The one by which the folder itself was read.
    return true;
  }
}
