import type { Evidence } from "../../domain/verdict/evidence.ts";
import type { ProofVerdict } from "../proof.ts";

/** What a round of witnesses is evidence of. */
export function evidenceOfProof(
  verdict: ProofVerdict,
  { tookMs, refusals }: { readonly tookMs: number; readonly refusals: number },
): Evidence {
  switch (verdict.kind) {
    case "proven":
      return { kind: "exit-proven", proof: verdict.proof, pins: verdict.pins, tookMs };
    case "transport":
      return { kind: "proxy-failed", failure: verdict.failure, refusals, tookMs };
    case "mismatch": {
      const { exitIps, country } = verdict.proof;
      return { kind: "exit-wrong", why: verdict.why, seen: exitIps[0], country, tookMs };
    }
    case "direct_leak":
      return { kind: "exit-wrong", why: verdict.why, seen: verdict.ip, country: undefined, tookMs };
    case "incomplete":
    case "disagreeing":
      return { kind: "witnesses-unclear", why: verdict.why, tookMs };
    default:
      return verdict satisfies never;
  }
}

/** Whether the round was refused the credential. */
export function isRefusal(verdict: ProofVerdict): boolean {
  if (verdict.kind !== "transport") return false;
  return verdict.failure.kind === "auth" && verdict.failure.remedy === undefined;
}
