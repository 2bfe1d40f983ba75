import type { Acceptance, AcceptanceState } from "../../domain/reputation/acceptance.ts";

/** A signed request succeeded, the operator said so, or the venue does not know the exit although the world sees the right one. */
export type AcceptanceSignal = "signed-success" | "allowed" | "not-registered";

/** What a signal makes of the acceptance; `unknown` is the absence of a row. */
export const acceptanceMoves: Readonly<
  Record<AcceptanceState | "unknown", Readonly<Record<AcceptanceSignal, AcceptanceState | "stay">>>
> = {
  unknown: { "signed-success": "accepted", allowed: "accepted", "not-registered": "refused" },
  accepted: { "signed-success": "stay", allowed: "stay", "not-registered": "refused" },
  refused: { "signed-success": "accepted", allowed: "accepted", "not-registered": "stay" },
};

/** The acceptance after a signal; undefined where nothing changes. */
export function nextAcceptance(
  current: Acceptance | undefined,
  signal: AcceptanceSignal,
  seen: Omit<Acceptance, "state" | "by">,
): Acceptance | undefined {
  const state = acceptanceMoves[current?.state ?? "unknown"][signal];
  if (state === "stay") return undefined;
  return { ...seen, state, by: signal === "allowed" ? "operator" : "answer" };
}
