/** One thing that a bot sent. `at` is CLOCK_MONOTONIC in ms, which all processes of a machine share. */
export interface Sent {
  readonly at: number;
  readonly account: string;
  readonly token: number;
  readonly run: string;
  readonly exitIp?: string;
  readonly exitToken?: number;
}

export interface Verdict {
  /** Sent through an account after a later holder of it had sent. */
  readonly staleAccounts: number;
  readonly staleExits: number;
  /** Tokens that two runs had. */
  readonly sharedTokens: number;
}

/** Judges everything that was sent by the order of its tokens: they grow from holder to holder. */
export function judgeSends(sent: readonly Sent[]): Verdict {
  const ordered = sent.toSorted((left, right) => left.at - right.at);
  const runOf = new Map<number, string>();
  const shared = new Set<number>();
  for (const { token, run } of ordered) {
    if ((runOf.get(token) ?? run) !== run) shared.add(token);
    runOf.set(token, run);
  }
  return {
    staleAccounts: countStale(ordered, ({ account, token }) => [account, token]),
    staleExits: countStale(ordered, ({ exitIp, exitToken }) => [exitIp, exitToken]),
    sharedTokens: shared.size,
  };
}

function countStale(
  ordered: readonly Sent[],
  of: (one: Sent) => readonly [what: string | undefined, token: number | undefined],
): number {
  const newest = new Map<string, number>();
  let count = 0;
  for (const one of ordered) {
    const [what, token] = of(one);
    if (what === undefined || token === undefined) continue;
    if (token < (newest.get(what) ?? 0)) count += 1;
    else newest.set(what, token);
  }
  return count;
}
