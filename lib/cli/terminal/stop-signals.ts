import { isatty } from "node:tty";
/** Two stages of being asked to stop: once gracefully, twice now. */
export interface StopSignals {
  /** Aborts with the first SIGINT, SIGTERM, SIGQUIT or SIGHUP, or when pm2's daemon died; the reason is the event's name. */
  readonly graceful: AbortSignal;
  /** Aborts with the second. */
  readonly now: AbortSignal;
  /** From here on takes SIGUSR2 for a wish to read the configuration again, and SIGHUP too where no terminal could have hung up. */
  onReload(work: () => void): void;
}

/** Takes the signals over for the rest of the process: from here on only the command itself ends it. */
export function watchStopSignals(): StopSignals {
  const graceful = new AbortController();
  const now = new AbortController();
  const ask = (name: string) => {
    if (graceful.signal.aborted) now.abort(name);
    else graceful.abort(name);
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGQUIT"] as const) process.on(name, () => ask(name));
  let hangUp = () => ask("SIGHUP");
  process.on("SIGHUP", () => hangUp());
  let reload: (() => void) | undefined;
  // One that was meant for another launcher must not end this one without a word.
  process.on("SIGUSR2", () => reload?.());
  // The channel to a supervising pm2: nobody would stop us any more when it is gone.
  if (process.connected) process.once("disconnect", () => graceful.abort("disconnect"));
  return {
    graceful: graceful.signal,
    now: now.signal,
    onReload(work) {
      reload = work;
      if (![0, 1, 2].some((descriptor) => isatty(descriptor))) hangUp = work;
    },
  };
}
