import type { Account, CountryCode } from "../../../lib/domain/account.ts";
import { anyVenue } from "../../../lib/domain/account.ts";
import type { ExitCheck, UnknownExitCheck } from "../../../lib/domain/exit-check.ts";
import { parseId } from "../../../lib/domain/ids.ts";
import { type ExitIp, parseIp } from "../../../lib/domain/ip.ts";
import type { ProxyHealth } from "../../../lib/domain/proxy/proxy-health.ts";
import type { AccountFacts, CandidateFacts } from "../../../lib/domain/selection/selection-facts.ts";
import { instant } from "../../../lib/domain/time.ts";

export const nowMs = instant(1_800_000_000_000);

/** A uuid that ends in the number. */
function numbered<Id extends Parameters<typeof parseId>[0]>(n: number): Id {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, "0")}` as Id;
}

export function exit(text: string): ExitIp {
  const ip = parseIp(text);
  if (ip === undefined) throw new Error(`not an address: ${text}`);
  return ip as ExitIp;
}

export function accountFacts(change: Partial<Account> = {}): Account {
  return {
    id: parseId(numbered(1)),
    name: "alice",
    venues: [anyVenue],
    allowedCountries: [],
    groupName: undefined,
    wanted: "up",
    hold: undefined,
    registeredChanges: undefined,
    keyLabel: undefined,
    ...change,
  };
}

/** The facts of an account without registered exits, and of no incident. */
export function factsOf(
  candidates: readonly CandidateFacts[],
  change: Partial<AccountFacts> = {},
): AccountFacts {
  return { account: accountFacts(), candidates, registrations: [], incidents: [], ...change };
}

export interface CandidateChange {
  readonly assignment?: Partial<CandidateFacts["assignment"]>;
  readonly proxy?: Partial<CandidateFacts["proxy"]>;
  readonly lastExitIp?: string;
  readonly usedBefore?: boolean;
  readonly exitHeldBy?: string;
  readonly reputations?: CandidateFacts["reputations"];
  readonly acceptances?: CandidateFacts["acceptances"];
  /** What one host sees, this one unless another is named. */
  readonly health?: Partial<ProxyHealth>;
}

const healthy = {
  hostKey: "here",
  state: "up",
  since: instant(nowMs - 300_000),
  failures: 0,
  nextProbeAt: undefined,
  lastOkAt: undefined,
  latencyMs: undefined,
} as const;

/** A healthy candidate "proxy-n" of priority 1, with what the test changes. */
export function candidateFacts(n: number, change: CandidateChange = {}): CandidateFacts {
  const id = parseId<CandidateFacts["proxy"]["id"]>(numbered(n));
  return {
    assignment: {
      id: parseId(numbered(1000 + n)),
      accountId: parseId(numbered(1)),
      proxyId: id,
      priority: 1,
      status: "standby",
      lastCheckedAt: undefined,
      failures: 0,
      cooldownUntil: undefined,
      lastLeasedAt: undefined,
      ...change.assignment,
    },
    proxy: {
      id,
      label: `proxy-${n}`,
      endpoint: { scheme: "http", host: "gw.example", port: 8000 + n },
      authType: "none",
      sealed: undefined,
      ca: undefined,
      metadata: {},
      isActive: true,
      state: "ok",
      stateSince: instant(nowMs - 300_000),
      nextProbeAt: undefined,
      expectedIp: undefined,
      expectedIpSource: undefined,
      country: undefined,
      provider: undefined,
      expiresAt: undefined,
      revision: 1,
      ...change.proxy,
    },
    health: change.health === undefined ? [] : [{ ...healthy, proxyId: id, ...change.health }],
    lastExitIp: change.lastExitIp === undefined ? undefined : exit(change.lastExitIp),
    usedBefore: change.usedBefore ?? false,
    exitHeldBy: change.exitHeldBy,
    reputations: change.reputations ?? [],
    acceptances: change.acceptances ?? [],
  };
}

export function seen(
  witness: string,
  ip: string,
  change: Partial<ExitCheck> & { readonly in?: string } = {},
): ExitCheck {
  const { in: country, ...rest } = change;
  return {
    kind: "seen",
    witness,
    exitIp: exit(ip),
    country: country as CountryCode | undefined,
    seenAt: nowMs,
    reach: "public",
    ...rest,
  };
}

export function unknown(witness: string, failure?: UnknownExitCheck["failure"]): UnknownExitCheck {
  return { kind: "unknown", witness, why: "answered 503", seenAt: nowMs, failure };
}
