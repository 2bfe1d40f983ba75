import type { ExitIp } from "../../domain/ip.ts";
import { exitKeyOf } from "../../domain/ip.ts";
import type { ExitCheckVerdict } from "../proof.ts";

/** What one witness told when it was asked about an exit that another saw changed; several answers when asked again. */
export interface ExitVote {
  readonly verdicts: readonly ExitCheckVerdict[];
  /** It will not be heard any more: it told what it had to tell, or its time is up. */
  readonly isDone: boolean;
}

export type ExitVoteResult =
  | { readonly kind: "open" }
  | { readonly kind: "kept"; readonly agreeing: number }
  | { readonly kind: "lost"; readonly why: string };

/**
 * Counts the witnesses that were asked besides the one that saw another address. The exit is kept when more of them see it
 * than any other address; the host's own address, a draw and silence lose it.
 */
export function countExitVotes(votes: readonly ExitVote[], proven: ExitIp): ExitVoteResult {
  const all = votes.flatMap(({ verdicts }) => verdicts);
  const leak = all.find((verdict) => verdict.kind === "direct_leak");
  if (leak !== undefined) return { kind: "lost", why: leak.why };
  // A witness that saw both tells of an exit that changes from connection to connection.
  const agreeing = votes.filter(({ verdicts }) => sees(verdicts, "match") && !sees(verdicts, "drift"));
  const against = mostSeen(votes);
  const waiting = votes.filter(({ isDone, verdicts }) => !isDone && !sees(verdicts, "match")).length;
  if (agreeing.length + waiting <= against.count)
    return { kind: "lost", why: whyLost(against, agreeing.length, proven) };
  if (votes.some(({ isDone }) => !isDone)) return { kind: "open" };
  return { kind: "kept", agreeing: agreeing.length };
}

interface Rival {
  readonly count: number;
  readonly why: string | undefined;
}

function mostSeen(votes: readonly ExitVote[]): Rival {
  const counts = new Map<string, Rival>();
  for (const { verdicts } of votes) {
    const drifts = new Map(
      verdicts.flatMap((verdict) =>
        verdict.kind === "drift" ? [[exitKeyOf(verdict.seen), verdict.why]] : [],
      ),
    );
    for (const [key, why] of drifts) counts.set(key, { why, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()].reduce((most, each) => (each.count > most.count ? each : most), {
    count: 0,
    why: undefined,
  });
}

function whyLost({ why }: Rival, agreeing: number, proven: ExitIp): string {
  if (why === undefined) return `no other witness still sees ${proven}`;
  return agreeing === 0 ? why : `${why}; the witnesses do not agree on ${proven}`;
}

function sees(verdicts: readonly ExitCheckVerdict[], kind: ExitCheckVerdict["kind"]): boolean {
  return verdicts.some((verdict) => verdict.kind === kind);
}
