import type { WitnessAnswer } from "../../domain/exit-reading.ts";
import type { CandidateFacts } from "../../domain/selection-facts.ts";
import { judgeProof, type ProofVerdict } from "../../policy/proof.ts";
import type { ExitWitness } from "../../ports/exit-witness.ts";
import type { Relay } from "../../ports/relay.ts";
import type { RunnerPorts } from "../runner-ports.ts";
import type { BotRunnerSettings } from "../runner-settings.ts";

/** How long a witness may take in a proof. */
export const proofTimeoutMs = 5_000;

/** Asks every witness through the relay's upstream at once. */
export function askWitnesses(
  witness: ExitWitness,
  witnesses: readonly string[],
  relay: Pick<Relay, "dial">,
  timeoutMs: number,
): Promise<readonly WitnessAnswer[]> {
  return Promise.all(witnesses.map((url) => witness.ask(url, relay.dial.bind(relay), timeoutMs)));
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
  const { expectedIp } = candidate.proxy;
  return judgeProof(answers, { expectedIp, directIp: ports.directIp.current(), pin: settings.unit.pinExit });
}
