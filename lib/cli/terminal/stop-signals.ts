/** Two stages of being asked to stop: once gracefully, twice now. */
export interface StopSignals {
  /** Aborts with the first SIGINT, SIGTERM or SIGHUP; the reason is the signal's name. */
  readonly graceful: AbortSignal;
  /** Aborts with the second. */
  readonly now: AbortSignal;
}

/** Takes the signals over for the rest of the process: from here on only the command itself ends it. */
export function watchStopSignals(): StopSignals {
  const graceful = new AbortController();
  const now = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (graceful.signal.aborted) now.abort(name);
      else graceful.abort(name);
    });
  }
  return { graceful: graceful.signal, now: now.signal };
}
