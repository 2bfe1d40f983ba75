import { anyVenue, type VenueName } from "../../domain/account.ts";
import { exitKeyOf } from "../../domain/ip.ts";
import type { SwitchRules } from "../../domain/reputation/switch-rules.ts";
import type { Run } from "../../domain/run/run.ts";
import type { AccountFacts, CandidateFacts } from "../../domain/selection/selection-facts.ts";
import type { Instant } from "../../domain/time.ts";
import { rejectionOf } from "../../policy/eligibility.ts";
import { decideSwitch } from "../../policy/reputation/budget.ts";
import { exitOfCandidate } from "../../policy/reputation/venue-findings.ts";
import type { Store } from "../../ports/store/store.ts";
import type { Operator } from "../operator.ts";
import { requireExit } from "./find-exit.ts";
import { switchSubject } from "./switch-subject.ts";

/** What an act takes from accounts: proxies by a test on each candidate. */
export interface Act {
  /** Only these accounts are concerned. */
  readonly accountNames: readonly string[];
  readonly takes: (candidate: CandidateFacts, facts: AccountFacts) => boolean;
  /** When what it takes comes back by itself. */
  readonly untilAt?: Instant | undefined;
  /** Where a bot that runs leaves by a planned switch only: the rules of its budget. */
  readonly planned?: SwitchRules;
}

type Asker = Pick<Operator, "store" | "clock" | "hostKey" | "random">;

/**
 * What an act means for the bots that run and for accounts that would be left without an exit: sentences to say before it is done.
 * Nothing is opened for it, so a credential that cannot be opened counts as usable.
 */
export async function consequencesOf(
  operator: Asker,
  { accountNames, takes, untilAt, planned }: Act,
): Promise<readonly string[]> {
  const { store, clock, hostKey } = operator;
  const live = await store.runs.live();
  const context = { nowMs: clock.now(), excluded: new Map(), openable: () => true, hostKey };
  const said: string[] = [];
  for (const name of accountNames) {
    const account = await store.accounts.find(name);
    const facts = account && (await store.accounts.facts(account.id));
    if (facts === undefined) continue;
    const taken = facts.candidates.filter((candidate) => takes(candidate, facts));
    const isTaken = (candidate: CandidateFacts) => taken.includes(candidate);
    const judged = facts.candidates.map((each) => ({ each, why: rejectionOf(each, facts, context) }));
    const usable = judged.flatMap(({ each, why }) => (why === undefined ? [each] : []));
    const run = live.find(({ run: { unit } }) => unit.kind === "bot" && unit.name === name)?.run;
    const used = taken.find(({ proxy }) => proxy.id === run?.proxyId);
    const isLast = usable.some(isTaken) && usable.every(isTaken);
    if (used !== undefined) said.push(`${name}'s bot runs through ${used.proxy.label} and will leave it.`);
    if (!isLast && (used === undefined || !usable.every(isTaken))) {
      if (used !== undefined && planned !== undefined)
        said.push(...(await whileSpent(operator, facts, { run, rules: planned })));
      continue;
    }
    const returns = judged.flatMap(({ each, why }) =>
      isTaken(each) || why?.retryClass !== "returns" ? [] : [why.untilAt],
    );
    const backAt = Math.min(...[...returns, untilAt].map((at) => at ?? Number.POSITIVE_INFINITY));
    said.push(
      `${name} has no other exit that it may use now: its bot ${run === undefined ? "cannot start" : "stops and waits"} until ${untilWhen(backAt, clock.now())}.`,
    );
  }
  return said;
}

// The other exits are of no use to a bot whose planned switches are used up.
async function whileSpent(
  operator: Asker,
  facts: AccountFacts,
  { run, rules }: { readonly run: Run | undefined; readonly rules: SwitchRules },
): Promise<readonly string[]> {
  const request = { ...switchSubject(operator, facts, run), kind: "planned", cause: "burned" } as const;
  const seen = await operator.store.switches.read({ request, windows: rules });
  const decision = decideSwitch(request, seen, rules);
  if (decision.kind === "granted" || decision.because === "incident") return [];
  const { name } = facts.account;
  const now = operator.clock.now();
  const until = untilWhen(now + decision.untilAt - seen.now, now);
  return [
    `${name}'s bot stops and waits until ${until}: ${decision.why}. \`launch rotate ${name}\` moves it at once.`,
  ];
}

/** What it means for an account, or for all that may use it, to lose a proxy. */
export async function consequencesOfLoss(
  operator: Asker,
  label: string,
  loss: { readonly accountName?: string; readonly untilAt?: Instant | undefined } = {},
): Promise<readonly string[]> {
  const { accountName, untilAt } = loss;
  const proxy = await operator.store.proxies.find(label);
  // Whoever acts next says that it is not there.
  if (proxy === undefined) return [];
  const accountNames =
    accountName === undefined ? await accountsOf(operator.store, [proxy.id]) : [accountName];
  return await consequencesOf(operator, {
    accountNames,
    takes: (candidate) => candidate.proxy.id === proxy.id,
    untilAt,
  });
}

/** What it means for accounts of a venue that an exit is burned there. */
export async function consequencesOfBurn(
  operator: Asker,
  named: string,
  burn: {
    readonly venue: VenueName;
    readonly untilAt: Instant | undefined;
    readonly rules: SwitchRules;
  },
): Promise<readonly string[]> {
  const { venue, untilAt, rules: planned } = burn;
  const { exitKey, proxies } = await requireExit(operator.store, named);
  const accountNames = await accountsOf(
    operator.store,
    proxies.map(({ id }) => id),
  );
  const takes: Act["takes"] = (candidate, { account }) => {
    const exitIp = exitOfCandidate(candidate);
    const isThere = account.venues.some((own) => own === venue || own === anyVenue);
    return isThere && exitIp !== undefined && exitKeyOf(exitIp) === exitKey;
  };
  return await consequencesOf(operator, { accountNames, takes, untilAt, planned });
}

const nearMs = 20 * 3_600_000;

// A time of this day is enough for what is near.
function untilWhen(at: number, now: Instant): string {
  if (!Number.isFinite(at)) return "it has one";
  const moment = new Date(at);
  const two = (count: number) => String(count).padStart(2, "0");
  const time = `${two(moment.getHours())}:${two(moment.getMinutes())}`;
  if (at - now < nearMs) return time;
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())} ${time}`;
}

// The names of the accounts that may use a proxy.
async function accountsOf(store: Store, proxyIds: readonly string[]): Promise<readonly string[]> {
  const [accounts, assignments] = await Promise.all([store.accounts.list(), store.accounts.assignments()]);
  const ids = new Set(
    assignments.filter(({ proxyId }) => proxyIds.includes(proxyId)).map(({ accountId }) => accountId),
  );
  return accounts.filter(({ id }) => ids.has(id)).map(({ name }) => name);
}
