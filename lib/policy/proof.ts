import {
  type ExitCheck,
  exitOfFamily,
  majorityCountry,
  type Proof,
  type UnknownExitCheck,
  type WitnessAnswer,
} from "../domain/exit-check.ts";
import {
  type DirectIp,
  type ExitIp,
  exitKeyOf,
  familyOf,
  type IpAddress,
  type IpFamily,
  otherFamilyOf,
} from "../domain/ip.ts";
import type { TransportFailure } from "../domain/proxy/transport.ts";
import type { Instant } from "../domain/time.ts";
import { whoFailed } from "./who-failed.ts";

/** How many agreeing witnesses make a proof (docs/architecture.md, Proof). */
const witnessesNeeded = 2;

export interface ProofExpectation {
  /** What the proxy must show; undefined until it is pinned or given. */
  readonly expectedIp: ExitIp | undefined;
  /** The host's own addresses, as far as they are known: one of each address family. */
  readonly directIps: readonly DirectIp[];
  /** Whether a first proof becomes the expected address (false for rotating gateways). */
  readonly pin: boolean;
}

/** The judgement of one round of answers; `why` says it in plain words with names and addresses. */
export type ProofVerdict =
  | {
      readonly kind: "proven";
      readonly proof: Proof;
      readonly pins: boolean;
      /** An exit of the other address family that too few witnesses saw, in a sentence. */
      readonly besides: string | undefined;
    }
  | { readonly kind: "incomplete" | "disagreeing"; readonly why: string }
  | { readonly kind: "mismatch"; readonly why: string; readonly proof: Proof }
  | DirectLeak
  | { readonly kind: "transport"; readonly why: string; readonly failure: TransportFailure };

interface DirectLeak {
  readonly kind: "direct_leak";
  readonly why: string;
  /** The host's own address. */
  readonly ip: ExitIp;
}

/**
 * Judges what the witnesses answered through one proxy: at least two must agree within one address family, and outnumber the rest of it.
 * The main family is that of the expected exit, else IPv4 where it is proven; the other one is proven along with it, or left out.
 */
export function judgeProof(answers: readonly WitnessAnswer[], expectation: ProofExpectation): ProofVerdict {
  const readings = answers.filter((answer) => answer.kind === "seen");
  const unknowns = answers.filter((answer) => answer.kind === "unknown");
  const leak = readings.find(({ exitIp }) => isAnyOf(expectation.directIps, exitIp));
  if (leak !== undefined) return directLeak(leak);
  const failure = whoFailed(answers);
  if (failure !== undefined) return { kind: "transport", why: failure.message, failure };

  const { expectedIp } = expectation;
  const families = familiesFrom(expectedIp === undefined ? "ipv4" : familyOf(expectedIp));
  const [first, second] = [campsOf(readings, families[0]), campsOf(readings, families[1])];
  const proven = [majorityOf(first), majorityOf(second)];
  const [main, other] = expectedIp === undefined && proven[0] === undefined ? proven.toReversed() : proven;
  if (main !== undefined) {
    const besides = other === undefined ? unproven(readings, main) : undefined;
    const verdict = judgeMajority(main, other, answers.length, expectation);
    return verdict.kind === "proven" ? { ...verdict, besides } : verdict;
  }
  const told = expectedIp === undefined && countOf(second) > countOf(first) ? second : first;
  if (told.length > 1) return disagreeing(told);
  return { kind: "incomplete", why: tooFew(countOf(told), unknowns) };
}

export type ExitCheckVerdict =
  | { readonly kind: "match" }
  | { readonly kind: "drift"; readonly expected: ExitIp; readonly seen: ExitIp; readonly why: string }
  | DirectLeak
  | { readonly kind: "unknown"; readonly why: string };

/** Judges one later reading against the proven exit of its address family; an address of a family that was not proven says nothing. */
export function judgeExitCheck(
  answer: WitnessAnswer,
  { exitIps }: Pick<Proof, "exitIps">,
  directIps: readonly DirectIp[],
): ExitCheckVerdict {
  if (answer.kind === "unknown") return { kind: "unknown", why: `${answer.witness}: ${answer.why}` };
  const { exitIp: seen, witness } = answer;
  if (isAnyOf(directIps, seen)) return directLeak(answer);
  const expected = exitOfFamily(exitIps, seen);
  if (expected === undefined) {
    const why = `${witness} saw ${seen}, which says nothing about ${exitIps[0]}: it is of another address family`;
    return { kind: "unknown", why };
  }
  if (isSameExit(seen, expected)) return { kind: "match" };
  return { kind: "drift", expected, seen, why: `${witness} saw ${seen}, not ${expected}` };
}

/** Whether one of the proven exits is the host's own address. */
export function ownAddressIn(
  { exitIps }: Pick<Proof, "exitIps">,
  directIps: readonly DirectIp[],
): ExitIp | undefined {
  return exitIps.find((exitIp) => isAnyOf(directIps, exitIp));
}

function isAnyOf(ips: readonly IpAddress[], ip: IpAddress): boolean {
  return ips.some((each) => isSameExit(each, ip));
}

// IPv6 by its /64, as exit leases do: one exit may use several addresses of its network.
function isSameExit(a: IpAddress, b: IpAddress): boolean {
  return exitKeyOf(a) === exitKeyOf(b);
}

function directLeak({ exitIp, witness }: ExitCheck): DirectLeak {
  return { kind: "direct_leak", ip: exitIp, why: `${witness} saw ${exitIp}, the host's own address` };
}

/** Witnesses that saw one exit. */
type Camp = readonly [ExitCheck, ...ExitCheck[]];

function familiesFrom(main: IpFamily): readonly [IpFamily, IpFamily] {
  return [main, main === "ipv4" ? "ipv6" : "ipv4"];
}

// Readings of one family, by what they saw, the largest camp first; the other family neither agrees nor contradicts.
function campsOf(readings: readonly ExitCheck[], family: IpFamily): readonly Camp[] {
  const camps = new Map<string, Camp>();
  for (const reading of readings.filter(({ exitIp }) => familyOf(exitIp) === family)) {
    const key = exitKeyOf(reading.exitIp);
    const camp = camps.get(key);
    if (camp === undefined) camps.set(key, [reading]);
    // A witness asked twice is still one witness.
    else if (!camp.some(({ witness }) => witness === reading.witness)) camps.set(key, [...camp, reading]);
  }
  return [...camps.values()].sort((a, b) => b.length - a.length);
}

function countOf(camps: readonly Camp[]): number {
  return camps.reduce((sum, camp) => sum + camp.length, 0);
}

function majorityOf(camps: readonly Camp[]): Camp | undefined {
  const [leading] = camps;
  if (leading === undefined || leading.length < witnessesNeeded) return undefined;
  return leading.length * 2 > countOf(camps) ? leading : undefined;
}

function proofOf(main: Camp, other: Camp | undefined, asked: number): Proof {
  const all = [...main, ...(other ?? [])];
  return {
    exitIps: other === undefined ? [main[0].exitIp] : [main[0].exitIp, other[0].exitIp],
    country: majorityCountry(main.map(({ country }) => country)),
    agreed: all.length,
    asked,
    reach: all.some(({ reach }) => reach === "lab") ? "lab" : "public",
    provenAt: Math.max(...all.map(({ seenAt }) => seenAt)) as Instant,
  };
}

function judgeMajority(
  main: Camp,
  other: Camp | undefined,
  asked: number,
  { expectedIp, pin }: ProofExpectation,
): ProofVerdict {
  const [{ exitIp }] = main;
  const proven = { kind: "proven", proof: proofOf(main, other, asked), besides: undefined } as const;
  if (expectedIp === undefined) return { ...proven, pins: pin };
  if (isSameExit(exitIp, expectedIp)) return { ...proven, pins: false };
  const why = `${main.length} witnesses saw ${exitIp}, not the expected ${expectedIp}`;
  return { kind: "mismatch", why, proof: proofOf(main, undefined, asked) };
}

const familyNames: Readonly<Record<IpFamily, string>> = { ipv4: "IPv4", ipv6: "IPv6" };

// One witness that both families lead to shows for nothing that there is a second exit.
function unproven(readings: readonly ExitCheck[], [{ exitIp: proven }]: Camp): string | undefined {
  const family = otherFamilyOf(proven);
  const [seen] = campsOf(readings, family);
  if (seen === undefined) return undefined;
  const [{ exitIp, witness }] = seen;
  const name = familyNames[family];
  return `${witness} saw ${exitIp}: it has an exit over ${name} too, which is not proven, not leased and not watched. Set two witnesses that have only ${name} addresses under network.witnesses, or ask the vendor to switch ${name} off`;
}

function disagreeing(camps: readonly Camp[]): ProofVerdict {
  const words = camps.map(
    (camp) => `${camp.map(({ witness }) => witness).join(" and ")} saw ${camp[0].exitIp}`,
  );
  return { kind: "disagreeing", why: `the witnesses disagree: ${words.join(", ")}` };
}

function tooFew(counted: number, unknowns: readonly UnknownExitCheck[]): string {
  const reasons = unknowns.map(({ witness, why }) => `${witness}: ${why}`);
  const rest = reasons.length === 0 ? "" : ` (${reasons.join("; ")})`;
  return `only ${counted} of the ${witnessesNeeded} needed witnesses gave an address${rest}`;
}
