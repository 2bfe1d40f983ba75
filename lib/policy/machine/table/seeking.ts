import { neighbourhoodOf } from "../../../domain/ip.ts";
import type { MonotonicMs } from "../../../domain/time.ts";
import type { Exclusion } from "../../eligibility.ts";
import type { BotEffect } from "../effect.ts";
import type { EventOf } from "../event.ts";
import type { Move, Row } from "../row.ts";
import type {
  BotState,
  Candidate,
  Child,
  Decision,
  HeldExit,
  Left,
  Loss,
  ProvenCandidate,
  StateOf,
  Tried,
} from "../state.ts";
import { isSameExit, moveTo } from "../state.ts";
import { endWith, stopThen } from "./ending.ts";

/** While holding, the account's facts are read again at least this often, so that an operator's change is noticed. */
export const holdPollMs = 5_000;

/** No process yet: lease, choice, proof and exit lease. */
export const seekingRows = {
  idle: { start: beginLeasing },
  leasing: { leased: afterLease },
  choosing: { chosen: proveChosen, "no-exit": waitOrExit, exited: loseChild },
  proving: { proved: afterProof, "not-proved": chooseAnother, exited: loseChild },
  claiming: { claimed: afterClaim, conflicted: chooseAnother, exited: loseChild },
} satisfies { readonly [P in "idle" | "leasing" | "choosing" | "proving" | "claiming"]: Row<P> };

function beginLeasing(state: StateOf<"idle">): Move {
  return [moveTo<"leasing">(state, { phase: "leasing" }), { do: "acquire-lease" }];
}

/** A collector needs no exit; a bot chooses one first. */
function afterLease(state: StateOf<"leasing">): Move {
  if (state.settings.kind === "collector") return startProcess(state, undefined, firstDecision);
  return chooseBy(state, firstDecision);
}

const firstDecision: Decision = { lost: undefined, tried: [] };

/** A choice that begins with what was lost; nothing has been tried in it. */
export function decisionAfter(lost: Left | undefined): Decision {
  return { lost, tried: [] };
}

/** An exit that is left on purpose is not chosen again, whatever it is worth; nor what failed while another one was looked for. */
export function decisionAway(
  { proxyId }: HeldExit,
  { lost, why, tried = [] }: { readonly lost: Left; readonly why: string; readonly tried?: readonly Tried[] },
): Decision {
  return { lost, tried: [{ proxyId, why, retryClass: "returns", isLeft: true }, ...tried] };
}

/** Where an exit stands, for whoever looks for another one. */
export function leftOf(
  { proxyId, chosen, proof }: ProvenCandidate,
  { isSudden }: Pick<Left, "isSudden">,
): Left {
  const { provider } = chosen.facts.proxy;
  return { proxyId, provider, neighbourhood: neighbourhoodOf(proof.exitIps[0]), isSudden };
}

/** Chooses by the decision, after what else is to be done first. */
export function chooseBy(
  state: BotState,
  decision: Decision,
  how: {
    readonly child?: Child | undefined;
    readonly first?: readonly BotEffect[];
    readonly left?: Loss | undefined;
  } = {},
): Move {
  const moved = moveTo<"choosing">(state, { phase: "choosing", decision, child: how.child });
  return [moved, ...(how.first ?? []), { do: "choose", decision, left: how.left }];
}

function proveChosen(state: StateOf<"choosing">, { candidate }: EventOf<"chosen">): Move {
  const { decision, child } = state;
  return prove(state, { candidate, decision, child, exit: undefined });
}

/** Asks the witnesses about a candidate; `exit` is the one held, where that is proven again. */
export function prove(
  state: BotState,
  trying: Pick<StateOf<"proving">, "candidate" | "decision" | "child" | "exit">,
): Move {
  const moved = moveTo<"proving">(state, { phase: "proving", ...trying });
  return [moved, { do: "prove", candidate: trying.candidate }];
}

function waitOrExit(state: StateOf<"choosing">, event: EventOf<"no-exit">): Move {
  const { lost } = state.decision;
  const decision = decisionAfter(lost);
  if (state.child !== undefined)
    return stopThen(state, { kind: "choose", loss: undefined, decision, delayMs: 0 }, { isUrgent: false });
  if (!state.hasRun && state.settings.onNoProxy === "exit") {
    const { exitStatus, reason, hint, code } = event;
    return endWith(state, { exitStatus, by: "launcher", reason, code, hint });
  }
  const wait = event.retryInMs ?? holdPollMs;
  const ms = event.code === "LAUNCH_HOST_OFFLINE" ? wait : Math.min(wait, holdPollMs);
  const moved = moveTo<"holding">(state, { phase: "holding", reason: event.reason, lost });
  return [
    moved,
    { do: "say", level: "warning", text: `holds, nothing runs: ${event.reason}` },
    { do: "wait", ms },
  ];
}

function afterProof(state: StateOf<"proving">, { proof }: EventOf<"proved">, nowMs: MonotonicMs): Move {
  const { decision, child } = state;
  const candidate: ProvenCandidate = { ...state.candidate, proof, confirmedAtMs: nowMs };
  // No process lives on the exit left behind: it goes back before another one is taken.
  const isSame = state.exit !== undefined && isSameExit(state.exit, candidate);
  const [exit, first] = isSame
    ? [state.exit, []]
    : [undefined, releases(state.exit, "it shows another exit")];
  return [
    moveTo<"claiming">(state, { phase: "claiming", candidate, decision, child, exit }),
    ...first,
    { do: "claim-exit", candidate },
  ];
}

/** The candidate failed in this decision: the next one, without forgetting which were tried and what was lost. */
function chooseAnother(
  state: StateOf<"proving" | "claiming">,
  { setAside }: EventOf<"not-proved" | "conflicted">,
): Move {
  const { decision, candidate, child, exit } = state;
  const { tried } = setAsideIn(decision, candidate, setAside);
  // What was held and could not be proven again is lost.
  const lost = exit === undefined ? decision.lost : leftOf(exit, { isSudden: true });
  return chooseBy(state, { lost, tried }, { child, first: releases(exit, setAside?.why) });
}

/** The decision with one more candidate that is not tried again in it. */
export function setAsideIn(
  { lost, tried }: Decision,
  { proxyId }: Candidate,
  exclusion: Exclusion | undefined,
): Decision {
  return { lost, tried: exclusion === undefined ? tried : [...tried, { proxyId, ...exclusion }] };
}

/** Nothing of the bot lives behind an exit that is not left for a fault: others may have it. */
export function releases(exit: HeldExit | undefined, why?: string): readonly BotEffect[] {
  return exit === undefined ? [] : [{ do: "release-exit", exit, why }];
}

/** The bot that was kept alive behind the cut relay ended: it is started anew on the next exit. */
function loseChild(state: StateOf<"choosing" | "proving" | "claiming">): Move {
  return [{ ...state, child: undefined }];
}

function afterClaim(state: StateOf<"claiming">, { lease }: EventOf<"claimed">, nowMs: MonotonicMs): Move {
  const { candidate, decision, child } = state;
  const { heldSinceMs = nowMs, isSeenInside = false } = state.exit ?? {};
  const exit: HeldExit = { ...candidate, lease, heldSinceMs, isSeenInside };
  if (child === undefined) return startOrRecover(state, exit, decision);
  const moved = moveTo<"running">(state, { phase: "running", exit, child });
  return [moved, { do: "open-gate" }, { do: "announce-switch", exit }, { do: "watch", exit }];
}

// What the bot left open at the exit it lost is cleaned up on the next one, before another process begins anew.
function startOrRecover(state: BotState, exit: HeldExit, decision: Decision): Move {
  const isLeftOpen = state.settings.hasOnLost && decision.lost?.isSudden === true;
  if (!isLeftOpen) return startProcess(state, exit, decision);
  const moved = moveTo<"recovering">(state, { phase: "recovering", decision, exit });
  return [moved, gateBefore(state), { do: "run-on-lost", exit }];
}

function gateBefore({ settings }: BotState): BotEffect {
  return settings.needsHello ? { do: "shut-gate" } : { do: "open-gate" };
}

/** Tiers without a hello need the gate open before the first connection; the preload tier opens it at each process's hello. */
export function startProcess(state: BotState, exit: HeldExit | undefined, decision: Decision): Move {
  const gates = exit === undefined ? [] : [gateBefore(state)];
  return [moveTo<"spawning">(state, { phase: "spawning", decision, exit }), ...gates, { do: "spawn", exit }];
}
