import type { CountryCode } from "./account.ts";
import { type ExitIp, familyOf, type IpAddress } from "./ip.ts";
import type { TransportFailure } from "./proxy/transport.ts";
import type { Instant } from "./time.ts";

/** One witness saw this address. */
export interface ExitCheck {
  readonly kind: "seen";
  readonly exitIp: ExitIp;
  readonly country: CountryCode | undefined;
  readonly witness: string;
  readonly seenAt: Instant;
  /** `lab` when the address counts only by `network.public_ranges`. */
  readonly reach: "public" | "lab";
}

/** One witness told nothing usable: it never counts and never acts. */
export interface UnknownExitCheck {
  readonly kind: "unknown";
  readonly witness: string;
  readonly why: string;
  readonly seenAt: Instant;
  /** How the way to the witness failed; its scope tells whether the proxy itself was the reason. */
  readonly failure: TransportFailure | undefined;
}

export type WitnessAnswer = ExitCheck | UnknownExitCheck;

/** The exit of each proven address family, the main one first. */
export type ExitIps = readonly [ExitIp, ...ExitIp[]];

/** What the witnesses proved: at least two of them agreed in each address family that it names. */
export interface Proof {
  readonly exitIps: ExitIps;
  /** Of the main exit. */
  readonly country: CountryCode | undefined;
  readonly agreed: number;
  readonly asked: number;
  readonly reach: "public" | "lab";
  readonly provenAt: Instant;
}

/** The proven exit that an address can be compared with: the one of its family. */
export function exitOfFamily(exitIps: ExitIps, ip: IpAddress): ExitIp | undefined {
  return exitIps.find((exitIp) => familyOf(exitIp) === familyOf(ip));
}

/** Whether the witnesses were reached over IPv4 and over IPv6. */
export function seesBothFamilies(answers: readonly WitnessAnswer[]): boolean {
  const seen = answers.flatMap((answer) => (answer.kind === "seen" ? [familyOf(answer.exitIp)] : []));
  return new Set(seen).size > 1;
}

/** The country that more witnesses or databases name than any other; undefined when there is none or the first place is shared. */
export function majorityCountry(named: readonly (CountryCode | undefined)[]): CountryCode | undefined {
  const counts = new Map<CountryCode, number>();
  for (const country of named) {
    if (country !== undefined) counts.set(country, (counts.get(country) ?? 0) + 1);
  }
  const [first, second] = [...counts].sort(([, a], [, b]) => b - a);
  return first !== undefined && first[1] !== second?.[1] ? first[0] : undefined;
}
