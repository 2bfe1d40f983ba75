import type { WitnessAnswer } from "../../domain/exit-check.ts";
import { familyOf } from "../../domain/ip.ts";
import type { TransportFailure } from "../../domain/proxy/transport.ts";
import type { BotRunnerSettings } from "../../domain/run/run-settings.ts";
import type { ProvenCandidate, Suspicion } from "../../policy/machine/state.ts";
import { judgeExitCheck } from "../../policy/proof.ts";
import { countsAsRefused, whoFailed } from "../../policy/who-failed.ts";
import type { Relay } from "../../ports/relay.ts";
import { pause } from "../lease/take-lease.ts";
import type { AnswerOf } from "../unit/effect-map.ts";
import type { RunnerPorts } from "../unit/ports.ts";
import { unlessGivenUp } from "../waits/unless-given-up.ts";
import { askWitnesses } from "./ask-witnesses.ts";
import type { ExitSeeker } from "./exit-seeker.ts";
import { withProbeRelay } from "./probe-relay.ts";

/*
 * The exit is verified by probes of the witnesses through the bot's own relay. Three failed rounds within about six
 * seconds lose the exit, but only when another candidate of the account reaches a witness meanwhile: otherwise the
 * trouble lies elsewhere (uplink, witnesses), leaving would burn a spare for nothing, and the relay keeps the bot safe.
 * An outage elsewhere may end between the two questions, so the exit is asked once more: a proxy that refuses does so at once.
 */

const probeTimeoutMs = 2_000;
const roundsToLose = 3;
const quickPauseMs = 500;
const slowPauseMs = 5_000;

type Verified = AnswerOf<"verify-exit">;

export interface VerifyOptions {
  readonly exit: ProvenCandidate;
  readonly suspicion: Suspicion;
  readonly relay: Relay;
  readonly seeker: ExitSeeker;
  readonly signal: AbortSignal;
}

export async function verifyExit(
  ports: RunnerPorts,
  settings: BotRunnerSettings,
  options: VerifyOptions,
): Promise<Verified> {
  const random01 = ports.random.random01();
  let refusals = 0;
  for (let round = 1; ; round++) {
    const startedAt = ports.clock.monotonicMs();
    const answers = await askThrough(options.relay, ports, settings, options);
    const told = judgeAll(ports, options.exit, answers);
    if (told.kind === "match") return { type: "exit-confirmed", random01 };
    if (told.kind === "drift") return { type: "exit-lost", cause: "drift", reason: told.why, random01 };
    const failure = whoFailed(answers);
    refusals += failure?.kind === "auth" ? 1 : 0;
    if (failure !== undefined && countsAsRefused(refusals))
      return { type: "exit-lost", cause: "auth", reason: failure.message, random01 };
    if (round >= roundsToLose) {
      const other = otherFamily(ports, options.exit, answers);
      if (other.length > 1) return { type: "exit-lost", cause: "drift", reason: other.join(", "), random01 };
      const settled = await settleLate(ports, settings, options, failure);
      if (settled !== undefined) return settled;
    }
    const spentMs = ports.clock.monotonicMs() - startedAt;
    const untilNextMs = round < roundsToLose ? Math.max(quickPauseMs, probeTimeoutMs - spentMs) : slowPauseMs;
    await pause(ports.clock, untilNextMs, options.signal);
  }
}

async function settleLate(
  ports: RunnerPorts,
  settings: BotRunnerSettings,
  options: VerifyOptions,
  failure: TransportFailure | undefined,
): Promise<Verified | undefined> {
  const random01 = ports.random.random01();
  // What this host cannot do is no evidence against the proxy: it stays in suspicion, and the relay keeps the bot safe.
  if (failure?.scope === "host") return undefined;
  // The proxy answers and only the witnesses are silent: a bot that gives no heartbeat hangs all the same.
  if (failure === undefined && options.suspicion === "heartbeat") return { type: "exit-confirmed", random01 };
  if (!(await isControlHealthy(ports, settings, options))) return undefined;
  options.signal.throwIfAborted();
  const again = await askThrough(options.relay, ports, settings, options);
  // Whatever it is that they see now, the next round judges it.
  if (again.some(({ kind }) => kind === "seen")) return undefined;
  const reason = failure?.message ?? `${options.exit.label} reaches no witness, but another proxy does`;
  return { type: "exit-lost", cause: "transport", reason, random01 };
}

function askThrough(
  relay: Relay,
  { witness }: RunnerPorts,
  { witnesses }: BotRunnerSettings,
  { signal }: Pick<VerifyOptions, "signal">,
): Promise<readonly WitnessAnswer[]> {
  return unlessGivenUp(signal, askWitnesses(witness, witnesses, relay, probeTimeoutMs));
}

type Told =
  | { readonly kind: "match" }
  | { readonly kind: "drift"; readonly why: string }
  | { readonly kind: "unknown" };

// One drifting witness among matching ones of its address family is a lying witness; a drift without any match there is a drift.
function judgeAll(ports: RunnerPorts, exit: ProvenCandidate, answers: readonly WitnessAnswer[]): Told {
  const verdicts = answers.map((answer) => judgeExitCheck(answer, exit.proof, ports.directIp.known()));
  const leak = verdicts.find((verdict) => verdict.kind === "direct_leak");
  if (leak !== undefined) return { kind: "drift", why: leak.why };
  const matched = answers.flatMap((answer, index) =>
    answer.kind === "seen" && verdicts[index]?.kind === "match" ? [familyOf(answer.exitIp)] : [],
  );
  const drift = verdicts.find(
    (verdict) => verdict.kind === "drift" && !matched.includes(familyOf(verdict.seen)),
  );
  if (drift?.kind === "drift") return { kind: "drift", why: drift.why };
  return { kind: matched.length > 0 ? "match" : "unknown" };
}

// What each witness saw that was reached over another address family, in words.
function otherFamily(
  ports: RunnerPorts,
  { proof }: ProvenCandidate,
  answers: readonly WitnessAnswer[],
): readonly string[] {
  const seen = answers.filter(({ kind }) => kind === "seen");
  const verdicts = seen.map((answer) => judgeExitCheck(answer, proof, ports.directIp.known()));
  return verdicts.flatMap((verdict) => (verdict.kind === "unknown" ? [verdict.why] : []));
}

async function isControlHealthy(
  ports: RunnerPorts,
  settings: BotRunnerSettings,
  { exit, seeker, signal }: VerifyOptions,
): Promise<boolean> {
  const others = await seeker.controls(exit).catch(() => []);
  for (const other of others) {
    const upstream = seeker.upstreamOf(other);
    if (upstream === undefined) continue;
    const answers = await withProbeRelay(ports, settings, (relay) => {
      relay.setUpstream(upstream);
      return askThrough(relay, ports, settings, { signal });
    });
    if (answers.some((answer) => answer.kind === "seen")) return true;
  }
  return false;
}
