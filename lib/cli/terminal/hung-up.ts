import { closeSync, openSync } from "node:fs";
import { isatty } from "node:tty";

/**
 * Lets go of a terminal that is gone. At exit Node gives each terminal its old mode back and aborts when the terminal was
 * taken away meanwhile (a closed tmux session): the descriptors are put on /dev/null before that.
 */
export function releaseHungUpTerminal(
  streams: readonly { readonly fd?: number; readonly isTTY?: boolean }[],
): void {
  for (const { fd, isTTY } of streams) {
    if (fd === undefined || isTTY !== true || isatty(fd)) continue;
    closeSync(fd);
    // The lowest free number is taken: the one just closed.
    openSync("/dev/null", "r+");
  }
}
