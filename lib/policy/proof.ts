import {
  type ExitCheck,
  majorityCountry,
  type Proof,
  type UnknownExitCheck,
  type WitnessAnswer,
} from "../domain/exit-check.ts";
import { type DirectIp, type ExitIp, exitKeyOf, familyOf, type IpAddress } from "../domain/ip.ts";
import type { TransportFailure } from "../domain/proxy/transport.ts";
import type { Instant } from "../domain/time.ts";
import { whoFailed } from "./who-failed.ts";

/** How many agreeing witnesses make a proof (docs/architecture.md, Proof). */
const witnessesNeeded = 2;

export interface ProofExpectation {
  /** What the proxy must show; undefined until it is pinned or given. */
  readonly expectedIp: ExitIp | undefined;
  /** The host's own address, when it could be asked. */
  readonly directIp: DirectIp | undefined;
  /** Whether a first proof becomes the expected address (false for rotating gateways). */
  readonly pin: boolean;
}

/** What some witnesses saw, with their names. */
export interface SeenExit {
  readonly exitIp: ExitIp;
  readonly witnesses: readonly string[];
}

/** The judgement of one round of answers; `why` says it in plain words with names and addresses. */
export type ProofVerdict =
  | { readonly kind: "proven"; readonly proof: Proof; readonly pins: boolean }
  | { readonly kind: "incomplete"; readonly why: string; readonly unknowns: readonly UnknownExitCheck[] }
  | { readonly kind: "disagreeing"; readonly why: string; readonly seen: readonly SeenExit[] }
  | {
      readonly kind: "mismatch";
      readonly why: string;
      readonly expected: ExitIp;
      readonly seen: ExitIp;
      readonly proof: Proof;
    }
  | { readonly kind: "direct_leak"; readonly why: string; readonly ip: ExitIp; readonly witness: string }
  | { readonly kind: "transport"; readonly why: string; readonly failure: TransportFailure };

/** Judges what the witnesses answered through one proxy: at least two must agree within one address family, and outnumber the rest of it. */
export function judgeProof(answers: readonly WitnessAnswer[], expectation: ProofExpectation): ProofVerdict {
  const readings = answers.filter((answer) => answer.kind === "seen");
  const unknowns = answers.filter((answer) => answer.kind === "unknown");
  const leak = readings.find((reading) => isSameExit(reading.exitIp, expectation.directIp));
  if (leak !== undefined) return directLeak(leak);
  const failure = whoFailed(answers);
  if (failure !== undefined) return { kind: "transport", why: failure.message, failure };

  const camps = campsOf(readings, expectation.expectedIp);
  const [leading] = camps;
  const counted = camps.reduce((sum, camp) => sum + camp.length, 0);
  if (leading !== undefined && leading.length >= witnessesNeeded && leading.length * 2 > counted)
    return judgeMajority(proofOf(leading, answers.length), expectation);
  if (camps.length > 1) return disagreeing(camps);
  return { kind: "incomplete", why: tooFew(counted, unknowns), unknowns };
}

export type ExitCheckVerdict =
  | { readonly kind: "match" }
  | { readonly kind: "drift"; readonly expected: ExitIp; readonly seen: ExitIp; readonly why: string }
  | { readonly kind: "direct_leak"; readonly ip: ExitIp; readonly why: string }
  | { readonly kind: "unknown"; readonly why: string };

/** Judges one later reading against the proven exit; an address of the other family says nothing about it. */
export function judgeExitCheck(
  answer: WitnessAnswer,
  proven: Pick<Proof, "exitIp">,
  directIp: DirectIp | undefined,
): ExitCheckVerdict {
  if (answer.kind === "unknown") return { kind: "unknown", why: `${answer.witness}: ${answer.why}` };
  const { exitIp: seen, witness } = answer;
  if (isSameExit(seen, directIp)) {
    const { ip, why } = directLeak(answer);
    return { kind: "direct_leak", ip, why };
  }
  const { exitIp: expected } = proven;
  if (isSameExit(seen, expected)) return { kind: "match" };
  if (familyOf(seen) !== familyOf(expected)) {
    const why = `${witness} saw ${seen}, which says nothing about ${expected}: another address family`;
    return { kind: "unknown", why };
  }
  return { kind: "drift", expected, seen, why: `${witness} saw ${seen}, not ${expected}` };
}

// IPv6 by its /64, as exit leases do: one exit may use several addresses of its network.
function isSameExit(a: IpAddress, b: IpAddress | undefined): boolean {
  return b !== undefined && exitKeyOf(a) === exitKeyOf(b);
}

function directLeak({ exitIp, witness }: ExitCheck) {
  const why = `${witness} saw ${exitIp}, the host's own address`;
  return { kind: "direct_leak", ip: exitIp, witness, why } as const;
}

// Readings of one family, by what they saw, the largest camp first; the other family neither agrees nor contradicts.
function campsOf(
  readings: readonly ExitCheck[],
  expectedIp: ExitIp | undefined,
): readonly (readonly ExitCheck[])[] {
  const ipv4 = readings.filter(({ exitIp }) => familyOf(exitIp) === "ipv4");
  const ipv6 = readings.filter(({ exitIp }) => familyOf(exitIp) === "ipv6");
  const wantsIpv6 = expectedIp === undefined ? ipv6.length > ipv4.length : familyOf(expectedIp) === "ipv6";
  const camps = new Map<string, ExitCheck[]>();
  for (const reading of wantsIpv6 ? ipv6 : ipv4) {
    const key = exitKeyOf(reading.exitIp);
    const camp = camps.get(key) ?? [];
    // A witness asked twice is still one witness.
    if (!camp.some(({ witness }) => witness === reading.witness)) camps.set(key, [...camp, reading]);
  }
  return [...camps.values()].sort((a, b) => b.length - a.length);
}

function proofOf(camp: readonly ExitCheck[], asked: number): Proof {
  const [first] = camp as readonly [ExitCheck, ...ExitCheck[]];
  return {
    exitIp: first.exitIp,
    country: majorityCountry(camp.map(({ country }) => country)),
    agreed: camp.length,
    asked,
    reach: camp.some(({ reach }) => reach === "lab") ? "lab" : "public",
    provenAt: Math.max(...camp.map(({ seenAt }) => seenAt)) as Instant,
  };
}

function judgeMajority(proof: Proof, { expectedIp, pin }: ProofExpectation): ProofVerdict {
  if (expectedIp === undefined) return { kind: "proven", proof, pins: pin };
  if (isSameExit(proof.exitIp, expectedIp)) return { kind: "proven", proof, pins: false };
  const why = `${proof.agreed} witnesses saw ${proof.exitIp}, not the expected ${expectedIp}`;
  return { kind: "mismatch", why, expected: expectedIp, seen: proof.exitIp, proof };
}

function disagreeing(camps: readonly (readonly ExitCheck[])[]): ProofVerdict {
  const seen = camps.flatMap((camp) => {
    const [first] = camp;
    return first === undefined
      ? []
      : [{ exitIp: first.exitIp, witnesses: camp.map(({ witness }) => witness) }];
  });
  const words = seen.map(({ exitIp, witnesses }) => `${witnesses.join(" and ")} saw ${exitIp}`);
  return { kind: "disagreeing", why: `the witnesses disagree: ${words.join(", ")}`, seen };
}

function tooFew(counted: number, unknowns: readonly UnknownExitCheck[]): string {
  const reasons = unknowns.map(({ witness, why }) => `${witness}: ${why}`);
  const rest = reasons.length === 0 ? "" : ` (${reasons.join("; ")})`;
  return `${counted} of the ${witnessesNeeded} witnesses needed told an address${rest}`;
}
