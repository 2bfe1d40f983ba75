import { anyVenue } from "../../domain/account.ts";
import { exitKeyOf } from "../../domain/ip.ts";
import type { BotRunnerSettings } from "../../domain/run/run-settings.ts";
import type { Exclusion } from "../../policy/eligibility.ts";
import type { EventOf } from "../../policy/machine/event.ts";
import type { HeldExit, Left, ProvenCandidate, Tried } from "../../policy/machine/state.ts";
import { leftOf } from "../../policy/machine/table/seeking.ts";
import type { Relay } from "../../ports/relay.ts";
import type { ExitSeeker } from "../exit/exit-seeker.ts";
import { withProbeRelay } from "../exit/probe-relay.ts";
import type { RunContext } from "../unit/context.ts";
import { askVenue, type VenueWord } from "./ask-venue.ts";
import { heldAgainst } from "./held-against.ts";

/** Exits that failed just now are not tried again sooner. */
const askAgainMs = 60_000;

type BotParts = RunContext<BotRunnerSettings>;

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

/**
 * Finds another exit of the account, proves it and asks its venues through it, while the bot goes on where it is; what the account holds
 * is not touched. Where venues refuse every other exit as well, the trouble is theirs, and nobody gains by moving.
 */
export function findOther(
  parts: BotParts,
  seeker: ExitSeeker,
  { exit, lost: left }: OtherWanted,
  signal: AbortSignal,
): Promise<OtherExit> {
  const { ports, settings } = parts;
  const lost = exit === undefined ? left : leftOf(exit, { isSudden: false });
  const own: readonly Tried[] =
    exit === undefined
      ? []
      : [{ proxyId: exit.proxyId, why: "is the one to be left", retryClass: "operator", isLeft: true }];
  return withProbeRelay(ports, settings, async (relay) => {
    const tried: Tried[] = [];
    let refusedBy: string | undefined;
    while (tried.length < settings.switchRules.preflight) {
      const answer = await seeker.choose({ lost, tried: [...own, ...tried] }, signal);
      signal.throwIfAborted();
      if (answer.type === "task-failed") return { kind: "failed", failure: answer };
      if (answer.type === "no-exit") {
        const refusal = refusedBy === undefined ? noExit(answer) : venuesRefuse(refusedBy);
        return { kind: "none", refusal };
      }
      const { candidate } = answer;
      const proved = await seeker.prove(candidate, signal, { relay, isPatient: false });
      if (proved.type === "task-failed") return { kind: "failed", failure: proved };
      if (proved.type === "not-proved") {
        tried.push({ proxyId: candidate.proxyId, ...proved.setAside });
        continue;
      }
      const other = { ...candidate, proof: proved.proof, confirmedAtMs: ports.clock.monotonicMs() };
      const against = await objectionTo(parts, { other, exit, relay, signal });
      signal.throwIfAborted();
      if (against === undefined) return { kind: "found", other, tried };
      parts.say("warning", `${candidate.label} is not used: it ${against.exclusion.why}`);
      refusedBy ??= against.isOfVenue ? against.exclusion.why : undefined;
      tried.push({ proxyId: candidate.proxyId, ...against.exclusion });
    }
    if (refusedBy !== undefined) return { kind: "none", refusal: venuesRefuse(refusedBy) };
    const reason = `${tried.length} other exits were tried, and none can be used now`;
    return { kind: "none", refusal: refused("no_exit", reason, askAgainMs) };
  });
}

interface Objection {
  readonly exclusion: Exclusion;
  /** Its venue refuses it at this moment, of which nobody knew. */
  readonly isOfVenue: boolean;
}

async function objectionTo(
  { ports }: BotParts,
  tried: {
    readonly other: ProvenCandidate;
    readonly exit: HeldExit | undefined;
    readonly relay: Relay;
    readonly signal: AbortSignal;
  },
): Promise<Objection | undefined> {
  const { other, exit, relay, signal } = tried;
  const exitKey = exitKeyOf(other.proof.exitIps[0]);
  if (exit !== undefined && exitKeyOf(exit.proof.exitIps[0]) === exitKey) {
    const why = `leaves from ${other.proof.exitIps[0]} as well`;
    return { exclusion: { why, retryClass: "operator" }, isOfVenue: false };
  }
  const known = await heldAgainst(ports, other);
  if (known !== undefined) return { exclusion: known, isOfVenue: false };
  for (const venue of other.chosen.account.venues) {
    const refusal = refusalIn(
      venue === anyVenue ? { kind: "unknown" } : await askVenue(ports, venue, { relay, signal }),
    );
    if (refusal === undefined) continue;
    const why = `is not served by ${venue} now: ${refusal}`;
    return { exclusion: { why, retryClass: "returns" }, isOfVenue: true };
  }
  return undefined;
}

// An answer that nobody understands is no refusal: the probe's address may have changed, and then nobody would ever be moved.
function refusalIn(word: VenueWord): string | undefined {
  if (word.kind === "silent") return word.why;
  if (word.kind === "unknown" || word.isServed || word.classified.class === "unknown") return undefined;
  return word.classified.text;
}

function venuesRefuse(why: string): EventOf<"switch-refused"> {
  return refused("incident", `another exit ${why}`, askAgainMs);
}

function noExit({ code, reason, hint, retryInMs }: EventOf<"no-exit">): EventOf<"switch-refused"> {
  const because = code === "LAUNCH_HOST_OFFLINE" ? "incident" : "no_exit";
  return refused(because, hint === undefined ? reason : `${reason} ${hint}`, retryInMs ?? askAgainMs);
}

function refused(
  because: EventOf<"switch-refused">["because"],
  reason: string,
  retryInMs: number,
): EventOf<"switch-refused"> {
  return { type: "switch-refused", because, reason, retryInMs };
}
