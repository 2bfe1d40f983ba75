import { anyVenue, type VenueName } from "../../domain/account.ts";
import type { AccountId, RunId } from "../../domain/ids.ts";
import { exitKeyOf, type IpAddress } from "../../domain/ip.ts";
import type { Proxy } from "../../domain/proxy/proxy.ts";
import type { SwitchRules } from "../../domain/reputation/switch-rules.ts";
import { isKnownVenue, venueAmong, venueNameOf } from "../../domain/venue-names.ts";
import type {
  AnswerFacts,
  EarlierEvidence,
  SeenAnswer,
} from "../../policy/reputation/answer/answer-facts.ts";
import type { LauncherPorts } from "../unit/ports.ts";

/** Where an answer came from: the account's way to its venue. */
export interface AnsweredWay {
  readonly accountId: AccountId;
  readonly runId: RunId;
  readonly proxy: Proxy;
  readonly exitIp: IpAddress;
}

/** What was found out since the answer came, and what was told already. */
export type Found = Pick<AnswerFacts, "probes" | "exitSeen" | "told">;

const mostRows = 500;

/** Reads what an answer is judged by; undefined when the account is gone. */
export async function readAnswerFacts(
  { store, hostKey }: Pick<LauncherPorts, "store" | "hostKey">,
  rules: SwitchRules,
  { seen, way, found }: { readonly seen: SeenAnswer; readonly way: AnsweredWay; readonly found: Found },
): Promise<AnswerFacts | undefined> {
  const { accountId, runId, proxy, exitIp } = way;
  const { venue } = seen.classified;
  const exitKey = exitKeyOf(exitIp);
  const { ownFaultMs, repeatsWithinMs, confirmWithinMs, dayMs } = rules;
  // Whatever somebody sets, no rule looks further back than what is read.
  const withinMs = Math.max(ownFaultMs, repeatsWithinMs, confirmWithinMs);
  const asked = { accountId, runId, venues: [venue], provider: proxy.provider, exitKey, hostKey };
  const [facts, rows, acceptances, registrations, ofExit, ofAccount, { guard }] = await Promise.all([
    store.accounts.facts(accountId),
    store.reputations.list({ exitKeys: [exitKey], venues: [venue] }),
    store.reputations.acceptances({ accountId }),
    store.accounts.registrations(accountId),
    store.evidence.list({ exitKey, withinMs, limit: mostRows }),
    store.evidence.list({ accountId, withinMs: dayMs, limit: mostRows }),
    store.switches.read({ request: asked, windows: rules }),
  ]);
  if (facts === undefined) return undefined;
  const own = ofAccount.filter((row) => row.venue === venue);
  const others = ofExit.filter((row) => row.venue === venue && row.accountId !== accountId);
  const recent = own.filter(({ at }) => at > seen.at - withinMs);
  const burns = own.flatMap(({ kind, exitIp: of }) =>
    isBurn(kind) && of !== undefined ? [exitKeyOf(of)] : [],
  );
  return {
    account: facts.account,
    exit: { exitKey, exitIp, proxy, isShared: proxy.metadata["shared"] === "shared" },
    reputation: rows[0],
    acceptance: acceptances.find((row) => row.venue === venue && row.exitKey === exitKey),
    registrations,
    earlier: [...recent, ...others].filter((row) => !isJudged(row, seen)),
    burnsOfDay: new Set(burns.filter((key) => key !== exitKey)).size,
    guard,
    ...found,
  };
}

/** The venue that is meant where an account has only one. */
export function onlyVenueOf(venues: readonly VenueName[]): VenueName | undefined {
  const [first, ...others] = venues;
  return others.length === 0 && first !== anyVenue ? first : undefined;
}

/** The venue of the account that a report is about; undefined when it names none of them, and where it is not clear which is meant. */
export function venueReported(
  named: string | undefined,
  venues: readonly VenueName[],
): VenueName | undefined {
  if (named === undefined) return onlyVenueOf(venues);
  const venue = venueNameOf(named.toLowerCase()) as VenueName;
  return venueAmong(venues, venue) ?? ownOf(venues, venue);
}

function ownOf(venues: readonly VenueName[], venue: VenueName): VenueName | undefined {
  return venues.includes(anyVenue) && isKnownVenue(venue) ? venue : undefined;
}

function isBurn(kind: string): boolean {
  return kind === "ip_banned" || kind === "waf_blocked";
}

// The answer that is judged was stored before.
function isJudged(row: EarlierEvidence, { by, channel, classified, at }: SeenAnswer): boolean {
  const isOwn = row.accountId === by.accountId && row.channel === channel;
  return isOwn && row.kind === classified.class && row.at === at;
}
