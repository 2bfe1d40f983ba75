import type { VenueName } from "../../domain/account.ts";
import type { AccountId, ProxyId, RunId } from "../../domain/ids.ts";
import type { IpAddress } from "../../domain/ip.ts";
import type { BotReport } from "../../domain/run/bot-report.ts";
import type { BotRunnerSettings } from "../../domain/run/run-settings.ts";
import { withoutSecrets } from "../../domain/text/without-secrets.ts";
import type { Instant } from "../../domain/time.ts";
import type { AnswerClass, Classified, EvidenceChannel } from "../../domain/verdict/answer-class.ts";
import { channelWeights } from "../../domain/verdict/answer-class.ts";
import type { EvidenceRow } from "../../domain/verdict/evidence-row.ts";
import type { VenueAnswer } from "../../domain/verdict/venue-answer.ts";
import type { HeldExit } from "../../policy/machine/state.ts";
import type { RunContext } from "../unit/context.ts";

/** Something that a venue, a bot or an operator said, with its meaning. */
export interface SaidOfVenue {
  readonly channel: EvidenceChannel;
  readonly classified: Classified;
  readonly times: number;
  readonly at: Instant;
  /** What it was read from, where that was an answer. */
  readonly answer?: Pick<VenueAnswer, "status" | "headers" | "body"> | undefined;
}

/** By which way something was seen. */
export interface Way {
  readonly accountId: AccountId;
  readonly runId: RunId;
  readonly proxyId: ProxyId;
  readonly exitIp: IpAddress;
  readonly provider: string | undefined;
  readonly hostKey: string;
}

/** What counts for the incident guard as a failure at a venue. */
const failures: ReadonlySet<AnswerClass> = new Set<AnswerClass>([
  "rate_limited",
  "ip_banned",
  "waf_blocked",
  "geo_blocked",
  "venue_trouble",
  "ambiguous",
  "unknown",
]);

/** Which class a report stands for. */
const classOfReport = {
  burned: "ip_banned",
  limited: "rate_limited",
  geo_blocked: "geo_blocked",
  refused: "not_registered",
  accepted: "accepted",
  clear: "ok",
} as const satisfies Readonly<Record<BotReport["what"], AnswerClass>>;

/** The meaning of a report about this venue. */
export function classifiedReport(
  { what, untilAt, why }: BotReport,
  venue: VenueName,
  by: string,
): Classified {
  const text = why ?? `${by} reported "${what}".`;
  return { venue, class: classOfReport[what], rule: `report/${what}`, untilAt, namedIp: undefined, text };
}

/** The row that is stored of it; of a body only an excerpt. */
export function rowOf(
  { channel, classified, times, at, answer }: SaidOfVenue,
  way: Way | Omit<Way, "accountId" | "runId">,
): EvidenceRow {
  const { venue, class: kind, rule, untilAt, text: why } = classified;
  const detail = answer === undefined ? { rule } : { rule, ...excerptOf(answer) };
  return {
    ...way,
    at,
    venue,
    channel,
    kind,
    isFailure: failures.has(kind),
    weight: channelWeights[channel],
    times,
    untilAt,
    why,
    detail,
  };
}

function excerptOf({ status, headers, body }: Pick<VenueAnswer, "status" | "headers" | "body">) {
  return { status, headers, ...(body === undefined ? {} : { body: withoutSecrets(body).slice(0, 512) }) };
}

/** Whose way to a venue it is, and by which exit. */
export function wayOf(
  { ports, settings }: Pick<RunContext<BotRunnerSettings>, "ports" | "settings">,
  exit: Pick<HeldExit, "proxyId" | "proof" | "chosen">,
): Way {
  const { accountId, runId } = settings;
  const { proxyId, proof, chosen } = exit;
  const [exitIp] = proof.exitIps;
  return { accountId, runId, proxyId, exitIp, provider: chosen.facts.proxy.provider, hostKey: ports.hostKey };
}
