/** Why a lease is gone, and what to type next. */
export interface LeaseLoss {
  readonly reason: string;
  readonly hint: string;
}

/** A timer of a launcher that runs is not as late as this, on a loaded host neither. */
const stoppedFromMs = 2_000;

/** Of a lease whose token a renewal did not name. */
export const takenLoss: LeaseLoss = {
  reason: "another run has taken the lease",
  hint: "Run `launch ps` to see where it runs now.",
};
/** Of a lease whose exit a renewal did not name. */
export const exitLoss: LeaseLoss = {
  reason:
    "the database no longer knows who has its exit, as after a fail-over to a standby that had missed it",
  hint: "It takes an exit anew by itself. docs/database.md, Standbys, says how a fail-over forgets nothing.",
};
/** Of every lease of a launcher whose row is gone. */
export const forgottenLoss: LeaseLoss = {
  reason: "the database no longer knows this launcher, so all its leases are gone",
  hint: "Start it again; `launch events` shows whether an older copy of the database was restored.",
};

/** Of a lease whose deadline has come: by a stop of the launcher for so long, else by a database that was silent for so long. */
export function lossAtDeadline(stoppedMs: number, silentMs: number): LeaseLoss {
  if (stoppedMs >= stoppedFromMs) {
    const time = `for at least ${Math.floor(stoppedMs / 1000)} s`;
    return {
      reason: `this launcher was suspended, or got no processor time, ${time}, and the lease ended`,
      hint: "Start it again, and find out what suspended it (SIGSTOP, Ctrl-Z, a debugger, a paused container, too little processor time).",
    };
  }
  return {
    reason: `the database did not answer for ${Math.round(silentMs / 1000)} s, and the lease ended`,
    hint: "Run `launch doctor`, which checks the database, and start it again.",
  };
}
