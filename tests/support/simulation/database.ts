import { isDeepStrictEqual } from "node:util";
import type { Assignment } from "../../../lib/domain/assignment.ts";
import type { AccountId } from "../../../lib/domain/ids.ts";
import type { Proxy } from "../../../lib/domain/proxy/proxy.ts";
import type { ProxyHealth } from "../../../lib/domain/proxy/proxy-health.ts";
import type {
  GuardFacts,
  Incident,
  RecentFailure,
  ScopeFacts,
} from "../../../lib/domain/reputation/incident.ts";
import type { Reputation } from "../../../lib/domain/reputation/reputation.ts";
import type { Permit } from "../../../lib/domain/reputation/switch.ts";
import type { CandidateFacts } from "../../../lib/domain/selection/selection-facts.ts";
import type { Instant } from "../../../lib/domain/time.ts";
import type { EvidenceChannel } from "../../../lib/domain/verdict/answer-class.ts";
import type { Change } from "../../../lib/domain/verdict/change.ts";
import { at, keyOf, type Layout, type SimAccount, secondOf } from "./layout.ts";

/** What was seen, as the simulation stores it. */
export interface SimEvidence {
  readonly atS: number;
  readonly at: Instant;
  readonly times: number;
  readonly accountId: AccountId;
  readonly exitKey: string;
  readonly host: string;
  readonly provider: string | undefined;
  /** Undefined for what was seen of the way alone. */
  readonly venue: string | undefined;
  readonly channel: EvidenceChannel;
  readonly kind: string;
  readonly isFailure: boolean;
}

/** Who is on which exit now. */
export interface SimHolding {
  readonly account: SimAccount;
  readonly proxy: Proxy;
  readonly exitKey: string;
}

const evidenceKeptS = 600;

/** The tables that decisions read and write, each change with what it expects to find. */
export class SimDatabase {
  readonly assignments: Map<string, Assignment>;
  readonly proxies: Map<string, Proxy>;
  readonly health = new Map<string, ProxyHealth>();
  readonly reputations = new Map<string, Reputation>();
  readonly holdings = new Map<AccountId, SimHolding>();
  readonly usedExits = new Set<string>();
  readonly permits: Permit[] = [];
  /** Changes of rows that say of an exit, a proxy or an assignment what is wrong with it. */
  readonly verdicts: Change[] = [];
  incidents: Incident[] = [];
  #evidence: SimEvidence[] = [];
  readonly #answers = new Map<string, readonly SimEvidence[]>();

  constructor({ accounts, proxies }: Layout) {
    this.proxies = new Map(proxies.map((proxy) => [proxy.id, proxy]));
    this.assignments = new Map(
      accounts.flatMap((each) => each.assignments.map((one) => [one.id, one] as const)),
    );
  }

  apply(changes: readonly Change[]): void {
    for (const change of changes) {
      const isWritten = this.#write(change);
      if (isWritten && isVerdict(change)) this.verdicts.push(change);
    }
  }

  see(evidence: SimEvidence): void {
    const oldestS = evidence.atS - evidenceKeptS;
    this.#evidence.push(evidence);
    if (this.#evidence.length > 4_000) this.#evidence = this.#evidence.filter(({ atS }) => atS > oldestS);
    if (evidence.venue === undefined) return;
    for (const key of [evidence.exitKey, evidence.accountId]) {
      const rows = this.#answers.get(key)?.filter(({ atS }) => atS > oldestS) ?? [];
      this.#answers.set(key, [...rows, evidence]);
    }
  }

  /** What was seen at a venue through an exit or by an account, lately. */
  earlier(exitKey: string, accountId: AccountId, nowS: number): readonly SimEvidence[] {
    const rows = [exitKey, accountId].flatMap((key) => this.#answers.get(key) ?? []);
    return [...new Set(rows)].filter(({ atS }) => atS > nowS - evidenceKeptS);
  }

  guard(host: string, nowS: number, windowS: number): GuardFacts {
    const recent: SimEvidence[] = [];
    for (let index = this.#evidence.length - 1; index >= 0; index--) {
      const row = this.#evidence[index];
      if (row === undefined || row.atS <= nowS - windowS) break;
      if (row.isFailure) recent.push(row);
    }
    const ways = recent.filter(({ venue }) => venue === undefined);
    const held = [...this.holdings.values()];
    const own = ways.filter((row) => row.host === host);
    const here = held.filter(({ account }) => account.host === host);
    const vendorOf = ({ proxy }: SimHolding) => proxy.provider ?? "";
    const providerOf = ({ provider }: SimEvidence) => provider ?? "";
    return {
      venues: scopes(
        held,
        ({ account }) => account.venue,
        recent.filter(({ venue }) => venue !== undefined),
        ({ venue }) => venue ?? "",
      ),
      vendors: scopes(held, vendorOf, ways, providerOf),
      host: { hostKey: host, vendors: scopes(here, vendorOf, own, providerOf) },
      open: this.incidents.filter(({ untilAt }) => untilAt > at(nowS)),
    };
  }

  candidates(owner: SimAccount): readonly CandidateFacts[] {
    return owner.assignments.map(({ id, proxyId }): CandidateFacts => {
      const [assignment, proxy] = [this.assignments.get(id), this.proxies.get(proxyId)];
      if (assignment === undefined || proxy?.expectedIp === undefined) throw new Error("a row is missing");
      const exitKey = keyOf(proxy.expectedIp);
      const row = this.reputations.get(`${exitKey} ${owner.venue}`);
      const holder = [...this.holdings.values()].find(
        (held) => held.exitKey === exitKey && held.account.venue === owner.venue && held.account !== owner,
      );
      const health = this.health.get(`${proxyId} ${owner.host}`);
      return {
        assignment,
        proxy,
        health: health === undefined ? [] : [health],
        lastExitIp: proxy.expectedIp,
        usedBefore: this.usedExits.has(`${owner.account.id} ${exitKey}`),
        exitHeldBy: holder?.account.account.name,
        reputations: row === undefined ? [] : [row],
        acceptances: [],
      };
    });
  }

  keepIncidents(seen: readonly Incident[], nowS: number): void {
    const others = this.incidents.filter(
      ({ kind, name, untilAt }) =>
        secondOf(untilAt) > nowS && !seen.some((one) => one.kind === kind && one.name === name),
    );
    this.incidents = [...others, ...seen];
  }

  #write(change: Change): boolean {
    switch (change.on) {
      case "assignment": {
        const row = this.assignments.get(change.id);
        if (row === undefined) return false;
        const { status, failures, cooldownUntil } = row;
        if (!isDeepStrictEqual({ status, failures, cooldownUntil }, { ...change.expected })) return false;
        this.assignments.set(change.id, { ...row, ...change.next });
        return true;
      }
      case "proxy": {
        const row = this.proxies.get(change.id);
        if (row === undefined || row.state !== change.expected.state) return false;
        this.proxies.set(change.id, { ...row, ...change.next });
        return true;
      }
      case "health":
        this.health.set(`${change.next.proxyId} ${change.next.hostKey}`, change.next);
        return true;
      case "reputation": {
        const key = `${change.next.exitKey} ${change.next.venue}`;
        const row = this.reputations.get(key);
        const known = row && { state: row.state, untilAt: row.untilAt, failures: row.failures };
        if (!isDeepStrictEqual(known, change.expected)) return false;
        this.reputations.set(key, change.next);
        return true;
      }
      case "incident":
        this.keepIncidents([change.next], secondOf(change.next.untilAt) - 60);
        return true;
      default:
        return false;
    }
  }
}

function isVerdict(change: Change): boolean {
  switch (change.on) {
    case "assignment":
      return ["cooling", "burned", "quarantined"].includes(change.next.status);
    case "proxy":
      return change.next.state === "drifted";
    case "health":
      return change.next.state !== "up";
    case "reputation":
      return change.next.state !== "clear";
    default:
      return false;
  }
}

function scopes(
  held: readonly SimHolding[],
  nameOfHolding: (holding: SimHolding) => string,
  failures: readonly SimEvidence[],
  nameOfFailure: (failure: SimEvidence) => string,
): readonly ScopeFacts[] {
  const found = new Map<
    string,
    { running: number; exits: Set<string>; failing: Map<AccountId, RecentFailure> }
  >();
  const scopeOf = (name: string) => {
    const known = found.get(name) ?? { running: 0, exits: new Set(), failing: new Map() };
    found.set(name, known);
    return known;
  };
  for (const holding of held) {
    const scope = scopeOf(nameOfHolding(holding));
    scope.running++;
    scope.exits.add(holding.exitKey);
  }
  // The newest come first.
  for (const failure of failures) {
    const { failing } = scopeOf(nameOfFailure(failure));
    const { accountId, exitKey } = failure;
    if (!failing.has(accountId)) failing.set(accountId, { accountId, exitKey, at: failure.at });
  }
  return [...found].map(([name, { running, exits, failing }]) => ({
    name,
    running,
    exits: exits.size,
    failing: [...failing.values()],
  }));
}
