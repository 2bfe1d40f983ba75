import type { BotRunnerSettings } from "../../domain/run/run-settings.ts";
import type { EventOf } from "../../policy/machine/event.ts";
import type { HeldExit, Left, ProvenCandidate, Tried } from "../../policy/machine/state.ts";
import { leftOf } from "../../policy/machine/table/seeking.ts";
import type { RunContext } from "../unit/context.ts";
import type { ExitSeeker } from "./exit-seeker.ts";
import { withProbeRelay } from "./probe-relay.ts";

/** So many candidates are tried in one decision. */
const mostCandidates = 3;
/** Exits that failed just now are not tried again sooner. */
const askAgainMs = 60_000;

export interface OtherWanted {
  /** The exit that the bot is on, where it runs. */
  readonly exit: HeldExit | undefined;
  readonly lost: Left | undefined;
}

export type OtherExit =
  /** `tried` are the candidates that failed before it. */
  | { readonly kind: "found"; readonly other: ProvenCandidate; readonly tried: readonly Tried[] }
  | { readonly kind: "none"; readonly refusal: EventOf<"switch-refused"> }
  | { readonly kind: "failed"; readonly failure: EventOf<"task-failed"> };

/** Finds another exit of the account and proves it, while the bot goes on where it is; what the account holds is not touched. */
export function findOther(
  { ports, settings }: RunContext<BotRunnerSettings>,
  seeker: ExitSeeker,
  wanted: OtherWanted,
  signal: AbortSignal,
): Promise<OtherExit> {
  return withProbeRelay(ports, settings, async (relay) => {
    const { exit } = wanted;
    const lost = exit === undefined ? wanted.lost : leftOf(exit, { isSudden: false });
    const own: readonly Tried[] =
      exit === undefined
        ? []
        : [{ proxyId: exit.proxyId, why: "is in use", retryClass: "operator", isLeft: true }];
    const tried: Tried[] = [];
    for (;;) {
      const answer = await seeker.choose({ lost, tried: [...own, ...tried] });
      signal.throwIfAborted();
      if (answer.type === "task-failed") return { kind: "failed", failure: answer };
      if (answer.type === "no-exit") return { kind: "none", refusal: noExit(answer) };
      const { candidate } = answer;
      const proved = await seeker.prove(candidate, signal, { relay, isPatient: false });
      if (proved.type === "task-failed") return { kind: "failed", failure: proved };
      if (proved.type === "proved") {
        const confirmedAtMs = ports.clock.monotonicMs();
        return { kind: "found", other: { ...candidate, proof: proved.proof, confirmedAtMs }, tried };
      }
      tried.push({ proxyId: candidate.proxyId, ...proved.setAside });
      if (tried.length >= mostCandidates) {
        const reason = `${tried.length} other exits were tried, and none can be used now`;
        return { kind: "none", refusal: refused("no_exit", reason, askAgainMs) };
      }
    }
  });
}

function noExit({ code, reason, retryInMs }: EventOf<"no-exit">): EventOf<"switch-refused"> {
  const because = code === "LAUNCH_HOST_OFFLINE" ? "incident" : "no_exit";
  return refused(because, reason, retryInMs ?? askAgainMs);
}

function refused(
  because: EventOf<"switch-refused">["because"],
  reason: string,
  retryInMs: number,
): EventOf<"switch-refused"> {
  return { type: "switch-refused", because, reason, retryInMs };
}
