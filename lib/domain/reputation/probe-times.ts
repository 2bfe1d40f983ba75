/** How often what nobody uses is looked at in the background, while all is well. */
export const probeEveryMs = {
  /** One witness through a standby. */
  transport: 600_000,
  /** Two witnesses through a proxy: whether its exit is the expected one. */
  exit: 3_600_000,
  /** A venue through an exit that a bot is on, or that is on probation. */
  venue: 300_000,
} as const;

/** What one question over a fresh TLS connection moves both ways: mostly the other side's certificates. */
const bytesPerQuestion = 6_000;
const monthMs = 30 * 86_400_000;

/** The megabytes that background probes move in a month through a standby, and through a proxy that a bot is on for each of its venues. */
export function probeMegabytes(): { readonly standby: number; readonly inUse: number } {
  const { transport, exit, venue } = probeEveryMs;
  const of = (questions: number): number => Math.round((questions * bytesPerQuestion) / 1_000_000);
  return {
    standby: of(monthMs / transport + (2 * monthMs) / exit),
    inUse: of((2 * monthMs) / exit + monthMs / venue),
  };
}
