import { constants } from "node:os";

const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const satisfies readonly NodeJS.Signals[];

/** Settles with the first signal that asks the demo to end; the next one ends it at once, with whatever is still there. */
export function stopSignal(): Promise<NodeJS.Signals> {
  // A terminal that was closed takes nothing more; that must not keep the demo from tidying up.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  return new Promise((resolve) => {
    let isFirst = true;
    for (const name of names) {
      process.on(name, () => {
        if (!isFirst) process.exit(exitStatusOf(name));
        isFirst = false;
        resolve(name);
      });
    }
  });
}

/** What a shell sees of a program that ended by the signal. */
export function exitStatusOf(name: NodeJS.Signals): number {
  return 128 + constants.signals[name];
}
