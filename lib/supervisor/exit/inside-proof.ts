import type { WitnessAnswer } from "../../domain/exit-check.ts";
import type { BotRunnerSettings } from "../../domain/run/run-settings.ts";
import type { EventOf } from "../../policy/machine/event.ts";
import { type HeldExit, isSameExit } from "../../policy/machine/state.ts";
import { judgeExitCheck, judgeProof, type ProofVerdict } from "../../policy/proof.ts";
import type { Dial } from "../../ports/exit-witness.ts";
import { pause } from "../lease/take-lease.ts";
import type { RunContext } from "../unit/context.ts";
import { askInTurn } from "./ask-witnesses.ts";
import type { ExitSeeker } from "./exit-seeker.ts";

/** How often an exit that is proven through the relay may stay unseen from inside before another one is tried. */
const roundsToSee = 3;
/** The second round follows at once; what is longer than a hiccup gets this long, and the witnesses are spared. */
const lastRoundAfterMs = 2_000;

/** Keeps a command from running: where it would run, the world does not see the proven exit. */
export class NotProvenInside extends Error {
  override readonly name = "NotProvenInside";
  readonly event: EventOf<"not-proved" | "leak-seen" | "task-failed">;

  constructor(event: NotProvenInside["event"]) {
    super(`not proven inside: ${event.type}`);
    this.event = event;
  }
}

/**
 * The proof of an exit by the very sockets that the bot will use. The proof through the relay comes first, because only
 * there it is told why a proxy fails; this one shows that what leaves the bot's network goes that way. Each exit is proven
 * so once for a network: a restart on it does not wait for the world.
 */
export class InsideProof {
  readonly #parts: RunContext<BotRunnerSettings>;
  readonly #seeker: ExitSeeker;

  constructor(parts: RunContext<BotRunnerSettings>, seeker: ExitSeeker) {
    this.#parts = parts;
    this.#seeker = seeker;
  }

  /** What is left to prove of an exit from inside, rejecting with NotProvenInside; undefined where it was seen before. */
  of(exit: HeldExit, signal: AbortSignal): ((dial: Dial) => Promise<void>) | undefined {
    return exit.isSeenInside ? undefined : (dial) => this.#prove(exit, dial, signal);
  }

  async #prove(exit: HeldExit, dial: Dial, signal: AbortSignal): Promise<void> {
    for (let round = 1; ; round++) {
      const verdict = await this.#ask(exit, dial, signal);
      if (verdict === "match") return;
      const again = await this.#seeker.prove(exit, signal);
      if (again.type !== "proved") throw new NotProvenInside(again);
      if (verdict.kind === "direct_leak")
        throw new NotProvenInside({ type: "leak-seen", reason: verdict.why });
      if (!isSameExit(exit, { ...exit, proof: again.proof }))
        throw new NotProvenInside(this.#seeker.leaveDrifted(exit, again.proof));
      if (round === roundsToSee - 1) await pause(this.#parts.ports.clock, lastRoundAfterMs, signal);
      if (round < roundsToSee) continue;
      throw new NotProvenInside(this.#seeker.leaveUnseen(exit, verdict.why));
    }
  }

  // One match is enough, since two witnesses have agreed on the exit already; whatever else comes is judged as a whole.
  async #ask(
    exit: HeldExit,
    dial: Dial,
    signal: AbortSignal,
  ): Promise<Exclude<ProofVerdict, { readonly kind: "proven" }> | "match"> {
    const { ports, settings } = this.#parts;
    const kindOf = (answer: WitnessAnswer) => judgeExitCheck(answer, exit.proof, ports.directIp.known()).kind;
    const isEnough = (answer: WitnessAnswer) => ["match", "direct_leak"].includes(kindOf(answer));
    const witnesses = startingAt(ports.random.random01(), settings.witnesses);
    const answers = await askInTurn(ports, { witnesses, dial, isEnough, signal });
    if (answers.some((answer) => kindOf(answer) === "match")) return "match";
    const [expectedIp] = exit.proof.exitIps;
    const verdict = judgeProof(answers, { expectedIp, directIps: ports.directIp.known(), pin: false });
    return verdict.kind === "proven" ? "match" : verdict;
  }
}

function startingAt<T>(random01: number, list: readonly T[]): readonly T[] {
  const first = Math.floor(random01 * list.length);
  return [...list.slice(first), ...list.slice(0, first)];
}
