import { ProcessError } from "../../errors.ts";
import { linkAt, textIn } from "../host-files/read-if-there.ts";

const streams = ["standard input", "standard output", "standard error"] as const;

/**
 * Refuses to hand on a standard stream that is a network connection of this process, as a bot with a terminal gets them: whoever
 * has such a socket can turn it to any address, past the relay. Throws ProcessError LAUNCH_SPAWN_FAILED. Only Linux tells.
 */
export function refuseNetworkStreams(): void {
  const bad = streams.find((_, descriptor) => isNetworkSocket(descriptor));
  if (bad === undefined) return;
  throw new ProcessError(
    "LAUNCH_SPAWN_FAILED",
    `With --tty the command would get the ${bad}, which is a network connection.`,
    {
      hint: "Start it on a terminal, or without --tty.",
    },
  );
}

function isNetworkSocket(descriptor: number): boolean {
  const [, inode] = /^socket:\[(\d+)\]$/.exec(linkAt(`/proc/self/fd/${descriptor}`) ?? "") ?? [];
  return (
    inode !== undefined && ["tcp", "tcp6", "udp", "udp6"].some((table) => inodesOf(table).includes(inode))
  );
}

// "sl local_address rem_address st queues tr retrnsmt uid timeout inode …" (proc(5), /proc/net/tcp); a host without IPv6 has not all.
function inodesOf(table: string): readonly (string | undefined)[] {
  const lines = (textIn(`/proc/self/net/${table}`, "latin1") ?? "").split("\n").slice(1);
  return lines.map((line) => line.trim().split(/\s+/)[9]);
}
