import type { ExitIp } from "../../domain/ip.ts";
import type { BotRunnerSettings } from "../../domain/run/run-settings.ts";
import type { Drift, HeldExit } from "../../policy/machine/state.ts";
import { type ExitCheckVerdict, judgeExitCheck } from "../../policy/proof.ts";
import { countExitVotes, type ExitVoteResult } from "../../policy/verdict/exit-vote.ts";
import type { Relay } from "../../ports/relay.ts";
import type { AnswerOf } from "../unit/effect-map.ts";
import type { RunnerPorts } from "../unit/ports.ts";
import { unlessGivenUp } from "../waits/unless-given-up.ts";

/** How long the bot's connections are kept still while the other witnesses are asked. */
const askForMs = 2_000;
/** A gateway that changes its exit from connection to connection shows the proven one now and then: so often each is asked. */
const asksEach = 3;

export interface DriftOptions {
  readonly exit: HeldExit;
  readonly drift: Drift;
  readonly relay: Pick<Relay, "dial">;
  readonly signal: AbortSignal;
  /** The others see the proven exit: the one that did not, and what was seen, in words. */
  readonly onOutvoted: (witness: string, why: string) => void;
}

/** Asks all other witnesses, through the relay's upstream, about an exit that one of them saw changed. */
export async function confirmDrift(
  ports: Pick<RunnerPorts, "witness" | "clock" | "random" | "directIp">,
  { witnesses }: Pick<BotRunnerSettings, "witnesses">,
  { exit, drift, relay, signal, onOutvoted }: DriftOptions,
): Promise<AnswerOf<"verify-exit">> {
  const others = witnesses.filter((witness) => witness !== drift.witness);
  // Only who is reached over the family that drifted can tell.
  const exitIp = drift.exitIp ?? exit.proof.exitIps[0];
  const counted = await unlessGivenUp(signal, askAll(ports, others, { exitIp, relay, signal }));
  const random01 = ports.random.random01();
  if (counted.kind !== "kept") {
    const reason = drift.reason === counted.why ? drift.reason : `${drift.reason}; ${counted.why}`;
    return { type: "exit-lost", cause: "drift", reason, random01 };
  }
  if (drift.witness !== undefined) {
    const who = counted.agreeing === 1 ? "1 other witness sees" : `${counted.agreeing} other witnesses see`;
    const why = `${drift.reason}, while ${who} ${exitIp}: the bot continues, and that witness is asked last from now on`;
    onOutvoted(drift.witness, why);
  }
  return { type: "exit-confirmed", random01 };
}

type Counted = Exclude<ExitVoteResult, { readonly kind: "open" }>;

function askAll(
  ports: Pick<RunnerPorts, "witness" | "clock" | "directIp">,
  witnesses: readonly string[],
  { exitIp, relay, signal }: Pick<DriftOptions, "relay" | "signal"> & { readonly exitIp: ExitIp },
): Promise<Counted> {
  const { clock, witness, directIp } = ports;
  const endsAt = clock.monotonicMs() + askForMs;
  const votes = witnesses.map(() => ({ verdicts: [] as ExitCheckVerdict[], isDone: false }));
  return new Promise((resolve) => {
    const count = (): boolean => {
      const counted = countExitVotes(votes, exitIp);
      if (counted.kind === "open") return false;
      cancel();
      resolve(counted);
      return true;
    };
    const ask = async (url: string, vote: (typeof votes)[number]): Promise<void> => {
      for (let left = asksEach; left > 0; left--) {
        const leftMs = endsAt - clock.monotonicMs();
        if (leftMs <= 0 || signal.aborted) break;
        const answer = await witness.ask(url, relay.dial.bind(relay), leftMs);
        const verdict = judgeExitCheck(answer, { exitIps: [exitIp] }, directIp.known());
        vote.verdicts.push(verdict);
        if (verdict.kind !== "match" || count()) break;
      }
      vote.isDone = true;
      count();
    };
    // The witnesses' own time limits are not trusted to the millisecond: the bot waits for this.
    const cancel = clock.after(askForMs, () => {
      for (const vote of votes) vote.isDone = true;
      count();
    });
    votes.forEach((vote, index) => void ask(witnesses[index] ?? "", vote));
    if (votes.length === 0) count();
  });
}
