import type { VenueName } from "../../domain/account.ts";
import type { BotRunnerSettings } from "../../domain/run/run-settings.ts";
import type { Instant } from "../../domain/time.ts";
import type { Classified } from "../../domain/verdict/answer-class.ts";
import type { HeldExit } from "../../policy/machine/state.ts";
import { judgeExitCheck } from "../../policy/proof.ts";
import type { AnswerFacts, ProbeOutcome } from "../../policy/reputation/answer/answer-facts.ts";
import { isRefusal } from "../../policy/reputation/answer/confirmation.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Relay } from "../../ports/relay.ts";
import { askWitnesses } from "../exit/ask-witnesses.ts";
import { ExitSeeker } from "../exit/exit-seeker.ts";
import { withProbeRelay } from "../exit/probe-relay.ts";
import type { RunContext } from "../unit/context.ts";
import { unlessGivenUp } from "../waits/unless-given-up.ts";
import { askVenue, type VenueWord } from "./ask-venue.ts";
import { findOther } from "./find-other.ts";

const askTimeoutMs = 5_000;
const findWithinMs = 60_000;
/** Each question costs the proxies' vendors connections, and a banned address that asks again is banned for longer. */
const servedAgainMs = 30_000;
/** An exit may change at any time. */
const seenAgainMs = 10_000;

/** What is asked of the world before an answer counts. */
export interface Inquiries {
  /** Which address the world sees now, by the witnesses. */
  exitSeen(exit: HeldExit, signal: AbortSignal): Promise<AnswerFacts["exitSeen"]>;
  /** Whether the venue serves a probe of ours through the bot's exit, or through the best other one. */
  serves(venue: VenueName, asked: AskedThrough): Promise<Served>;
}

interface Served {
  readonly outcome: ProbeOutcome;
  /** What the venue said to it and when, where it answered through the bot's exit. */
  readonly said?: { readonly classified: Classified; readonly at: Instant };
}

interface AskedThrough {
  readonly through: "exit" | "candidate";
  /** The exit that the bot is on. */
  readonly exit: HeldExit;
  readonly signal: AbortSignal;
}

/** How a run makes sure of what a venue seems to say; what was found out a moment ago is not asked again. */
export function inquiriesOf(context: RunContext<BotRunnerSettings>, relay: Relay): Inquiries {
  const { clock } = context.ports;
  const asking = askingOf(context, relay);
  const served = remember<Served>(clock, servedAgainMs);
  const seen = remember<AnswerFacts["exitSeen"]>(clock, seenAgainMs);
  return {
    exitSeen: (exit, signal) => seen(String(exit.lease.token), () => asking.exitSeen(exit, signal)),
    serves: (venue, asked) =>
      served(`${asked.exit.lease.token} ${venue} ${asked.through}`, () => asking.serves(venue, asked)),
  };
}

function remember<T>(clock: Clock, forMs: number) {
  const known = new Map<string, { readonly answer: T; readonly untilMs: number }>();
  return async (key: string, ask: () => Promise<T>): Promise<T> => {
    for (const [other, { untilMs }] of known) if (untilMs <= clock.monotonicMs()) known.delete(other);
    const answer = known.get(key)?.answer ?? (await ask());
    if (!known.has(key)) known.set(key, { answer, untilMs: clock.monotonicMs() + forMs });
    return answer;
  };
}

function askingOf(context: RunContext<BotRunnerSettings>, relay: Relay): Inquiries {
  const { ports, settings, dispatch } = context;
  return {
    async exitSeen(exit, signal) {
      const asked = askWitnesses(ports.witness, settings.witnesses, relay, askTimeoutMs);
      const answers = await unlessGivenUp(signal, asked);
      const verdicts = answers.map((answer) => judgeExitCheck(answer, exit.proof, ports.directIp.known()));
      const drift = verdicts.find(({ kind }) => kind === "drift" || kind === "direct_leak");
      if (drift !== undefined && "why" in drift) {
        // Another address than the proven one: whether it is lost is for the verification of the exit to say.
        dispatch({ type: "drift-seen", reason: drift.why });
        return "differs";
      }
      return verdicts.some(({ kind }) => kind === "match") ? "matches" : "unasked";
    },
    async serves(venue, { through, exit, signal }) {
      if (through === "exit") {
        const word = await askVenue(ports, venue, { relay, signal });
        const outcome = outcomeOf(word);
        if (word.kind !== "answered") return { outcome };
        return { outcome, said: { classified: word.classified, at: ports.clock.now() } };
      }
      return withProbeRelay(ports, settings, async (other) => {
        const seeker = new ExitSeeker(context, other);
        const late = new AbortController();
        const cancel = ports.clock.after(findWithinMs, () => late.abort(new Error("the time is up")));
        const within = AbortSignal.any([signal, late.signal]);
        const found = await findOther(context, seeker, { exit, lost: undefined }, within).finally(cancel);
        if (found.kind !== "found") return { outcome: "silent" };
        const upstream = seeker.upstreamOf(found.other.chosen.facts);
        if (upstream === undefined) return { outcome: "silent" };
        other.setUpstream(upstream);
        const word = await askVenue(ports, venue, { relay: other, signal });
        // Where nobody knows how to ask the venue, a proven candidate is all there is to know.
        return { outcome: word.kind === "unknown" ? "passed" : outcomeOf(word) };
      });
    },
  };
}

// A venue that has trouble of its own, or asks for a pause, says nothing of the exit.
function outcomeOf(word: VenueWord): ProbeOutcome {
  if (word.kind !== "answered") return "silent";
  if (word.isServed) return "passed";
  if (isRefusal(word.classified.class)) return "failed";
  return "silent";
}
