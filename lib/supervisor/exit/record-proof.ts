import type { RunId } from "../../domain/ids.ts";
import type { CandidateFacts } from "../../domain/selection-facts.ts";
import type { Instant } from "../../domain/time.ts";
import type { ProofVerdict } from "../../policy/proof.ts";
import type { RunBook } from "../unit/recorder.ts";

export type FailedProof = Exclude<ProofVerdict, { readonly kind: "proven" }>;

export interface JudgedProof {
  readonly book: RunBook;
  readonly candidate: CandidateFacts;
  readonly verdict: ProofVerdict;
  readonly tookMs: number;
  readonly runId: RunId;
  readonly at: Instant;
}

/** Writes a proof down: the check, when it was, and for a good one the proxy's state and the first pinned address. */
export function recordProof({ book, candidate, verdict, tookMs, runId, at }: JudgedProof): void {
  const { proxy, assignment } = candidate;
  const proof = verdict.kind === "proven" ? verdict.proof : undefined;
  const check = {
    proxyId: proxy.id,
    runId,
    kind: "proof",
    isOk: proof !== undefined,
    reason: verdict.kind === "proven" ? undefined : verdict.why,
    latencyMs: Math.round(tookMs),
    exitIp: proof?.exitIp,
    country: proof?.country,
    at,
  } as const;
  book.write(async (store) => {
    await store.proxies.recordCheck(check);
    await store.accounts.updateAssignment(assignment.id, { lastCheckedAt: at });
    if (verdict.kind !== "proven") return;
    if (proxy.state !== "up") {
      await store.proxies.update(proxy.id, { state: "up", stateSince: at, nextProbeAt: undefined });
    }
    if (verdict.pins) await store.proxies.pinExpectedIp(proxy.id, verdict.proof.exitIp);
  });
}
