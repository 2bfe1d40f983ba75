import type { BotRunnerSettings } from "../../domain/run/run-settings.ts";
import { judgeExitCheck } from "../../policy/proof.ts";
import type { ProbeOutcome } from "../../policy/reputation/answer/answer-facts.ts";
import { isRefusal } from "../../policy/reputation/answer/confirmation.ts";
import type { Relay } from "../../ports/relay.ts";
import { askWitnesses } from "../exit/ask-witnesses.ts";
import { ExitSeeker } from "../exit/exit-seeker.ts";
import { withProbeRelay } from "../exit/probe-relay.ts";
import type { RunContext } from "../unit/context.ts";
import { askVenue, type VenueWord } from "./ask-venue.ts";
import { findOther } from "./find-other.ts";
import type { Inquiries } from "./venue-intake.ts";

const askTimeoutMs = 5_000;

/** How a run makes sure of what a venue seems to say. */
export function inquiriesOf(context: RunContext<BotRunnerSettings>, relay: Relay): Inquiries {
  const { ports, settings, dispatch } = context;
  return {
    async exitSeen(exit) {
      const answers = await askWitnesses(ports.witness, settings.witnesses, relay, askTimeoutMs);
      const verdicts = answers.map((answer) => judgeExitCheck(answer, exit.proof, ports.directIp.known()));
      const drift = verdicts.find(({ kind }) => kind === "drift" || kind === "direct_leak");
      if (drift !== undefined && "why" in drift) {
        // Another address than the proven one: whether it is lost is for the verification of the exit to say.
        dispatch({ type: "drift-seen", reason: drift.why });
        return "differs";
      }
      return verdicts.some(({ kind }) => kind === "match") ? "matches" : "unasked";
    },
    async serves(venue, through, exit) {
      if (through === "exit") return outcomeOf(await askVenue(ports, venue, relay));
      return withProbeRelay(ports, settings, async (other) => {
        const seeker = new ExitSeeker(context, other);
        const signal = AbortSignal.timeout(60_000);
        const found = await findOther(context, seeker, { exit, lost: undefined }, signal);
        if (found.kind !== "found") return "silent";
        const upstream = seeker.upstreamOf(found.other.chosen.facts);
        if (upstream === undefined) return "silent";
        other.setUpstream(upstream);
        const word = await askVenue(ports, venue, other);
        // Where nobody knows how to ask the venue, a proven candidate is all there is to know.
        if (word.kind === "unknown") return "passed";
        return outcomeOf(word);
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
