import { type Account, anyVenue } from "../../../lib/domain/account.ts";
import type { Assignment } from "../../../lib/domain/assignment.ts";
import type { AccountId, AssignmentId } from "../../../lib/domain/ids.ts";
import { botKey } from "../../../lib/domain/run/unit-key.ts";
import type { CandidateFacts, HeldFacts } from "../../../lib/domain/selection/selection-facts.ts";
import type { Instant } from "../../../lib/domain/time.ts";
import { UsageError } from "../../../lib/errors.ts";
import type {
  AccountStanding,
  AccountStore,
  NewAssignment,
  UnusedAccount,
} from "../../../lib/ports/store/account-store.ts";
import { conflicts, isRenewed } from "./leases.ts";
import { memoryRegistrations, openIncidents, registrationsOf, venueFacts } from "./reputations.ts";
import { byText, itemAt, itemsAt, keyOfExit, replaceAt } from "./rows.ts";
import type { Memory } from "./state.ts";
import { recentHealth } from "./verdicts.ts";

export function memoryAccounts(memory: Memory): AccountStore {
  return {
    create: async (account) => {
      if (itemAt(memory.state.accounts, "name", ({ name }) => name, account.name) !== undefined) {
        throw new UsageError("LAUNCH_ALREADY_EXISTS", `An account named "${account.name}" exists already.`);
      }
      memory.state.accounts.push(account);
    },
    find: async (name) => {
      const found = itemAt(memory.state.accounts, "name", (account) => account.name, name);
      return found && withWish(memory, found);
    },
    list: async () => wanted(memory).toSorted(byText((account) => account.name)),
    idsOf: async (names) => {
      const found = names.flatMap((name) =>
        itemsAt(memory.state.accounts, "name", (account) => account.name, name),
      );
      return new Map(found.map(({ name, id }) => [name, id]));
    },
    namesLike: async (names) => {
      const wantedNames = new Set(names.map((name) => name.toLowerCase()));
      return wanted(memory)
        .map(({ name }) => name)
        .filter((name) => wantedNames.has(name.toLowerCase()))
        .toSorted(byText((name) => name));
    },
    update: async (id, change) => {
      replaceAt(memory.state.accounts, ["id", (account) => account.id, id], (account) => ({
        ...account,
        ...change,
      }));
    },
    remove: async (id) => {
      memory.state.accounts = memory.state.accounts.filter((account) => account.id !== id);
      memory.state.wishes.delete(botKey(id));
      memory.state.assignments = memory.state.assignments.filter(({ accountId }) => accountId !== id);
      memory.state.registrations = memory.state.registrations.filter(({ accountId }) => accountId !== id);
      memory.state.acceptances = memory.state.acceptances.filter(({ accountId }) => accountId !== id);
    },
    assign: async (wish) => assign(memory, wish),
    assignMany: async (wishes) => {
      for (const wish of wishes) if (!isAssigned(memory, wish)) assign(memory, wish);
    },
    unassign: async (accountId, proxyId) => {
      const before = memory.state.assignments.length;
      memory.state.assignments = memory.state.assignments.filter(
        (assignment) => assignment.accountId !== accountId || assignment.proxyId !== proxyId,
      );
      return memory.state.assignments.length < before;
    },
    assignments: async (filter = {}) =>
      memory.state.assignments
        .filter(({ accountId }) => filter.accountId === undefined || accountId === filter.accountId)
        .filter(({ proxyId }) => filter.proxyId === undefined || proxyId === filter.proxyId)
        .toSorted(
          (left, right) =>
            byText<Assignment>((item) => item.accountId)(left, right) || byPriority(left, right),
        ),
    updateAssignment: async (id, change) => {
      replaceAt(
        memory.state.assignments,
        ["id", (assignment) => assignment.id, id],
        (assignment) => ({ ...assignment, ...change }) as Assignment,
      );
    },
    ...memoryRegistrations(memory),
    facts: async (accountId) => {
      const account = findAccount(memory, accountId);
      if (account === undefined) return undefined;
      const assignments = itemsAt(memory.state.assignments, "account", (row) => row.accountId, accountId);
      const candidates = assignments
        .toSorted(byPriority)
        .map((assignment) => candidate(memory, account, assignment));
      const registrations = registrationsOf(memory, accountId).filter((row) => row.until === undefined);
      return { account, candidates, registrations, incidents: openIncidents(memory) };
    },
    heldFacts: async (accountId, assignmentId) => heldFacts(memory, accountId, assignmentId),
    standings: async () => standings(memory),
    neverRun: async () => neverRun(memory),
  };
}

function findAccount(memory: Memory, accountId: AccountId): Account | undefined {
  const found = itemAt(memory.state.accounts, "id", ({ id }) => id, accountId);
  return found && withWish(memory, found);
}

function withWish({ state }: Memory, account: Account): Account {
  return { ...account, wanted: state.wishes.get(botKey(account.id))?.wanted ?? "up" };
}

function heldFacts(memory: Memory, accountId: AccountId, assignmentId: AssignmentId): HeldFacts | undefined {
  const account = findAccount(memory, accountId);
  if (account === undefined) return undefined;
  const assigned = itemsAt(memory.state.assignments, "account", (row) => row.accountId, accountId);
  const assignment = assigned.find(({ id }) => id === assignmentId);
  if (assignment === undefined) return { account, candidate: undefined };
  const { proxy, key } = exitOf(memory, assignment);
  const { isActive, revision } = proxy;
  const { reputations } = venueFacts(memory, account, key);
  return { account, candidate: { assignment, proxy: { isActive, revision }, reputations } };
}

function exitOf({ state }: Memory, { proxyId }: Assignment) {
  const proxy = itemAt(state.proxies, "id", ({ id }) => id, proxyId);
  if (proxy === undefined) throw new Error("an assignment outlived its proxy");
  const lastExit = state.lastExits.get(proxy.id);
  const knownIp = lastExit?.ip ?? proxy.expectedIp;
  return { proxy, lastExit, key: knownIp === undefined ? undefined : keyOfExit(knownIp) };
}

function standings({ state, now }: Memory): ReadonlyMap<AccountId, AccountStanding> {
  const asks = state.reputations.filter(
    ({ state, untilAt = 0 }) => (state === "limited" || state === "burned") && untilAt > now(),
  );
  const found = new Map<AccountId, AccountStanding>();
  for (const { id, hold } of state.accounts) {
    const exits = state.exits.filter(({ accountId }) => accountId === id);
    const times = asks
      .filter((row) =>
        exits.some(
          ({ exitKey, venue }) => exitKey === row.exitKey && (venue === anyVenue || venue === row.venue),
        ),
      )
      .flatMap(({ untilAt }) => untilAt ?? []);
    const waitsUntil = times.length === 0 ? undefined : (Math.max(...times) as Instant);
    if (hold !== undefined || waitsUntil !== undefined)
      found.set(id, { isHeld: hold !== undefined, waitsUntil });
  }
  return found;
}

function neverRun({ state }: Memory): readonly UnusedAccount[] {
  const used = new Set(state.runs.flatMap(({ unit }) => (unit.kind === "bot" ? [unit.accountId] : [])));
  return state.accounts
    .filter(({ id }) => !used.has(id))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ id, name }) => {
      const [first] = state.assignments
        .filter(({ accountId, status }) => accountId === id && status !== "disabled")
        .toSorted((a, b) => a.priority - b.priority);
      const proxy = state.proxies.find((each) => each.id === first?.proxyId);
      return { id, name, proxyLabel: proxy?.label, expectedIp: proxy?.expectedIp };
    });
}

function isAssigned({ state }: Memory, wish: NewAssignment): boolean {
  const assigned = itemsAt(state.assignments, "account", (row) => row.accountId, wish.accountId);
  return assigned.some(({ proxyId }) => proxyId === wish.proxyId);
}

function wanted(memory: Memory): readonly Account[] {
  return memory.state.accounts.map((account) => withWish(memory, account));
}

function assign({ state }: Memory, wish: NewAssignment): Assignment {
  if (itemsAt(state.accounts, "id", ({ id }) => id, wish.accountId).length === 0) {
    throw new UsageError("LAUNCH_UNKNOWN_ACCOUNT", "The account was removed meanwhile.");
  }
  if (itemsAt(state.proxies, "id", ({ id }) => id, wish.proxyId).length === 0) {
    throw new UsageError("LAUNCH_UNKNOWN_PROXY", "The proxy was removed meanwhile.");
  }
  const present = itemsAt(state.assignments, "account", (row) => row.accountId, wish.accountId).find(
    ({ proxyId }) => proxyId === wish.proxyId,
  );
  if (present === undefined) {
    const assignment: Assignment = {
      ...wish,
      status: "standby",
      lastCheckedAt: undefined,
      failures: 0,
      cooldownUntil: undefined,
      lastLeasedAt: undefined,
    };
    state.assignments.push(assignment);
    return assignment;
  }
  const { status } = present;
  const next: Assignment = {
    ...present,
    priority: wish.priority,
    status: status === "disabled" ? "standby" : status,
  };
  replaceAt(state.assignments, ["id", ({ id }) => id, present.id], () => next);
  return next;
}

function byPriority(left: Assignment, right: Assignment): number {
  return left.priority - right.priority || byText<Assignment>((item) => item.id)(left, right);
}

function candidate(memory: Memory, account: Account, assignment: Assignment): CandidateFacts {
  const { state } = memory;
  const { proxy, lastExit, key } = exitOf(memory, assignment);
  const held = itemsAt(state.exits, "exit", ({ exitKey }) => exitKey, key ?? "")
    .filter((row) => conflicts(row, { ...account, accountId: account.id }))
    .filter(({ runId }) => isRenewed(memory, runId))
    .map((row) => itemAt(state.accounts, "id", ({ id }) => id, row.accountId)?.name ?? row.accountId)
    .toSorted();
  const isUse = (use: (typeof state.exitUses)[number]) => use.exitIps.some((ip) => keyOfExit(ip) === key);
  const usedBefore =
    key !== undefined && itemsAt(state.exitUses, "account", (use) => use.accountId, account.id).some(isUse);
  const health = recentHealth(memory, proxy.id);
  return {
    assignment,
    proxy,
    health,
    lastExitIp: lastExit?.ip,
    lastExitAt: lastExit?.at,
    usedBefore,
    exitHeldBy: held[0],
    ...venueFacts(memory, account, key),
  };
}
