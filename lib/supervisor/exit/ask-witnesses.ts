import { seesBothFamilies, type WitnessAnswer } from "../../domain/exit-check.ts";
import type { BotRunnerSettings } from "../../domain/run/run-settings.ts";
import type { CandidateFacts } from "../../domain/selection/selection-facts.ts";
import { judgeProof, type ProofVerdict } from "../../policy/proof.ts";
import type { Dial, ExitWitness } from "../../ports/exit-witness.ts";
import type { Relay } from "../../ports/relay.ts";
import type { RunnerPorts } from "../unit/ports.ts";

/** How long a witness may take in a proof. */
const proofTimeoutMs = 5_000;
/** One that has not answered by then does not keep the next from being asked: a bot that fails over waits for it. */
const slowAfterMs = 1_000;

/** Asks every witness through the relay's upstream at once. */
export function askWitnesses(
  witness: ExitWitness,
  witnesses: readonly string[],
  relay: Pick<Relay, "dial">,
  timeoutMs: number,
): Promise<readonly WitnessAnswer[]> {
  return Promise.all(witnesses.map((url) => witness.ask(url, relay.dial.bind(relay), timeoutMs)));
}

export interface Turns {
  readonly witnesses: readonly string[];
  readonly dial: Dial;
  /** Whether nobody else needs to be asked after this answer. */
  readonly isEnough: (answer: WitnessAnswer) => boolean;
  readonly signal: AbortSignal;
}

/** Asks one witness after the other until an answer is enough; gives back the answers so far. */
export function askInTurn(
  { witness, clock }: Pick<RunnerPorts, "witness" | "clock">,
  { witnesses, dial, isEnough, signal }: Turns,
): Promise<readonly WitnessAnswer[]> {
  const answers: WitnessAnswer[] = [];
  const waiting = [...witnesses];
  let cancel = (): void => {};
  return new Promise((resolve, reject) => {
    const take = (answer: WitnessAnswer): void => {
      answers.push(answer);
      if (!isEnough(answer) && answers.length < witnesses.length) {
        askNext();
        return;
      }
      waiting.length = 0;
      cancel();
      resolve([...answers]);
    };
    const askNext = (): void => {
      cancel();
      const url = waiting.shift();
      if (url === undefined) return;
      cancel = clock.after(slowAfterMs, askNext);
      witness.ask(url, dial, proofTimeoutMs).then(take, reject);
    };
    const giveUp = (): void => {
      waiting.length = 0;
      cancel();
      reject(new Error("given up"));
    };
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    else askNext();
  });
}

/** One round of witnesses, judged against what the proxy must show and what must never be seen. */
export async function proveOnce(
  ports: Pick<RunnerPorts, "witness" | "directIp">,
  settings: Pick<BotRunnerSettings, "witnesses" | "unit">,
  relay: Pick<Relay, "dial">,
  candidate: CandidateFacts,
): Promise<ProofVerdict> {
  const asked = askWitnesses(ports.witness, settings.witnesses, relay, proofTimeoutMs);
  const [answers] = await Promise.all([asked, ports.directIp.first()]);
  if (seesBothFamilies(answers)) await ports.directIp.both();
  const { expectedIp } = candidate.proxy;
  return judgeProof(answers, { expectedIp, directIps: ports.directIp.known(), pin: settings.unit.pinExit });
}
