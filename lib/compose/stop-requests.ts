/** How the operator asks a run to end: once gracefully, twice now; the reason of each is the signal's name. */
export interface StopRequests {
  readonly graceful: AbortSignal;
  readonly now: AbortSignal;
}
