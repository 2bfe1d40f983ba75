import type { WitnessAnswer } from "../../domain/exit-check.ts";
import type { HealthState } from "../../domain/proxy/proxy-health.ts";
import type { LauncherSettings } from "../../domain/run/run-settings.ts";
import type { Evidence, Sighting } from "../../domain/verdict/evidence.ts";
import { judgeProof } from "../../policy/proof.ts";
import { evidenceOfProof, isRefusal } from "../../policy/verdict/evidence-of-proof.ts";
import type { Guard, VerdictFacts } from "../../policy/verdict/facts.ts";
import { judge } from "../../policy/verdict/judge.ts";
import { seenFrom, sharersOf } from "../../policy/verdict/sharers.ts";
import { countsAsRefused, needsControl, whoFailed } from "../../policy/who-failed.ts";
import type { Relay } from "../../ports/relay.ts";
import type { DueProxy } from "../../ports/store/reputation/probe-store.ts";
import { askWitnesses } from "../exit/ask-witnesses.ts";
import { unlessGivenUp } from "../waits/unless-given-up.ts";
import { type ProberPorts, withProxy } from "./with-proxy.ts";

const probeTimeoutMs = 5_000;

/** Asks one witness through a proxy that nobody uses now, which costs it the least; gives the state that this host has of it then. */
export function probeTransport(
  ports: ProberPorts,
  settings: LauncherSettings,
  { proxy }: DueProxy,
): Promise<HealthState | undefined> {
  return probe(ports, settings, proxy, (relay, took) => tryTransport(ports, settings, { relay, took }));
}

/** Asks all witnesses through a proxy: whether its exit is still the one that it should be. */
export function probeExit(
  ports: ProberPorts,
  settings: LauncherSettings,
  { proxy }: DueProxy,
): Promise<HealthState | undefined> {
  const { expectedIp } = proxy;
  return probe(ports, settings, proxy, (relay, took) =>
    proveExit(ports, settings, { relay, expectedIp, took }),
  );
}

function probe(
  ports: ProberPorts,
  settings: LauncherSettings,
  proxy: DueProxy["proxy"],
  look: (relay: Relay, took: () => number) => Promise<Evidence | undefined>,
): Promise<HealthState | undefined> {
  return withProxy(ports, settings, proxy, async (relay) => {
    const startedAtMs = ports.clock.monotonicMs();
    const evidence = await look(relay, () => Math.round(ports.clock.monotonicMs() - startedAtMs));
    return evidence === undefined ? undefined : report(ports, proxy, evidence);
  });
}

interface Probe {
  readonly relay: Relay;
  readonly took: () => number;
}

async function tryTransport(
  ports: ProberPorts,
  { witnesses }: LauncherSettings,
  { relay, took }: Probe,
): Promise<Evidence | undefined> {
  const first = Math.floor(ports.random.random01() * witnesses.length);
  const inTurn = [...witnesses.slice(first), ...witnesses.slice(0, first)].slice(0, 2);
  const answers: WitnessAnswer[] = [];
  for (const witness of inTurn) {
    const [answer] = await ask(ports, [witness], relay);
    if (answer !== undefined) answers.push(answer);
    if (answer?.kind === "seen") return { kind: "probe-passed", tookMs: took() };
  }
  // Witnesses that are silent behind a proxy which works say nothing of it.
  const failure = whoFailed(answers);
  const refusals = failure?.kind === "auth" ? answers.length : 0;
  return failure && { kind: "probe-failed", failure, refusals, tookMs: took() };
}

async function proveExit(
  ports: ProberPorts,
  { witnesses }: LauncherSettings,
  { relay, took, expectedIp }: Probe & { readonly expectedIp: DueProxy["proxy"]["expectedIp"] },
): Promise<Evidence> {
  const directIps = ports.directIp.known();
  for (let refusals = 0; ; ) {
    const answers = await ask(ports, witnesses, relay);
    const verdict = judgeProof(answers, { expectedIp, directIps, pin: false });
    refusals = isRefusal(verdict) ? refusals + 1 : 0;
    if (isRefusal(verdict) && !countsAsRefused(refusals)) continue;
    const evidence = evidenceOfProof(verdict, { tookMs: took(), refusals });
    return evidence.kind === "proxy-failed" ? { ...evidence, kind: "probe-failed" } : evidence;
  }
}

function ask(
  { witness, over }: ProberPorts,
  witnesses: readonly string[],
  relay: Relay,
): Promise<readonly WitnessAnswer[]> {
  return unlessGivenUp(over, askWitnesses(witness, witnesses, relay, probeTimeoutMs));
}

async function report(
  ports: ProberPorts,
  proxy: DueProxy["proxy"],
  evidence: Evidence,
): Promise<HealthState | undefined> {
  const { store, processes, hostKey, clock, random } = ports;
  const facts = await readFacts(ports, proxy, evidence);
  if (facts === undefined) return undefined;
  const { host } = processes.self();
  const by = { actor: "system", host, hostKey, runId: undefined, accountId: undefined };
  const sighting: Sighting = { by, proxy, evidence };
  const guard: Guard = { control: await controlOf(ports, proxy, evidence), random01: random.random01() };
  const { changes } = judge(sighting, facts, guard, clock.now());
  await store.apply(changes);
  return changes.flatMap((change) => (change.on === "health" ? [change.next.state] : []))[0];
}

// A failure that may be this host's own counts only once something else has answered.
async function controlOf(
  { control, over }: ProberPorts,
  proxy: DueProxy["proxy"],
  evidence: Evidence,
): Promise<Guard["control"]> {
  const isOpen = evidence.kind === "probe-failed" && needsControl(evidence.failure);
  if (!isOpen) return "unasked";
  return (await unlessGivenUp(over, control.ask([proxy]))).isAnswered ? "answers" : "silent";
}

async function readFacts(
  { store, hostKey }: ProberPorts,
  { label, sealed }: DueProxy["proxy"],
  evidence: Evidence,
): Promise<VerdictFacts | undefined> {
  const proxy = await store.proxies.find(label);
  if (proxy === undefined) return undefined;
  const isRefused = evidence.kind === "probe-failed" && evidence.failure.kind === "auth";
  const sharers = isRefused && sealed !== undefined ? sharersOf([proxy], await store.proxies.list()) : [];
  const health = await store.proxies.health(sharers.length === 0 ? proxy.id : undefined);
  const [own, ...sharing] = seenFrom(hostKey, [proxy, ...sharers], health);
  return { proxy, assignment: undefined, health: own?.health, sharing };
}
