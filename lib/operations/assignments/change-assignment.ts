import type { Assignment } from "../../domain/assignment.ts";
import { type AssignmentId, parseId } from "../../domain/ids.ts";
import { describeDuration, type Instant, instant } from "../../domain/time.ts";
import type { Store } from "../../ports/store/store.ts";
import { requireAccount, requireAssignment, requireProxy } from "../find-by-name.ts";
import { type Operator, record } from "../operator.ts";

/** Which account and which proxy an operation is about, by name and label. */
export interface Pairing {
  readonly accountName: string;
  readonly proxyLabel: string;
}

/** Lets the account use the proxy at this priority; undefined puts it behind all that the account has. */
export async function assignProxy(
  operator: Operator,
  pairing: Pairing,
  priority: number | undefined,
): Promise<Assignment> {
  return await operator.store.transaction(async (store) => {
    const account = await requireAccount(store, pairing.accountName);
    const proxy = await requireProxy(store, pairing.proxyLabel);
    const present = await store.accounts.assignments({ accountId: account.id });
    const last = Math.max(0, ...present.map((each) => each.priority));
    const kept = present.find((each) => each.proxyId === proxy.id)?.priority;
    const assignment = await store.accounts.assign({
      id: parseId<AssignmentId>(operator.random.uuid()),
      accountId: account.id,
      proxyId: proxy.id,
      priority: priority ?? kept ?? last + 1,
    });
    await record(operator, store, {
      kind: "assignment.added",
      accountId: account.id,
      proxyId: proxy.id,
      message: `Account ${account.name} may use ${proxy.label} at priority ${assignment.priority}.`,
    });
    return assignment;
  });
}

/** Takes the proxy from the account, if it has it; a bot that leaves through it moves at its next renewal. */
export async function unassignProxy(operator: Operator, pairing: Pairing): Promise<void> {
  await operator.store.transaction(async (store) => {
    const account = await requireAccount(store, pairing.accountName);
    const proxy = await requireProxy(store, pairing.proxyLabel);
    const present = await store.accounts.assignments({ accountId: account.id });
    if (!present.some(({ proxyId }) => proxyId === proxy.id)) return;
    await store.accounts.unassign(account.id, proxy.id);
    await record(operator, store, {
      kind: "assignment.removed",
      accountId: account.id,
      proxyId: proxy.id,
      message: `Account ${account.name} lost ${proxy.label}.`,
    });
  });
}

/** Puts the proxy out of the account's use: for a time (it cools and comes back by itself), or until it is revived. */
export async function demoteAssignment(
  operator: Operator,
  pairing: Pairing,
  demotion: { readonly forMs: number | undefined; readonly why: string | undefined },
): Promise<{ readonly until: Instant | undefined }> {
  const { forMs } = demotion;
  const until = forMs === undefined ? undefined : instant(operator.clock.now() + forMs);
  const length = forMs === undefined ? "until it is revived" : `for ${describeDuration(forMs)}`;
  const why = demotion.why === undefined ? "" : `: ${demotion.why}`;
  await changePairing(operator, pairing, async ({ store, assignment }) => {
    const status = until === undefined ? "quarantined" : "cooling";
    await store.accounts.updateAssignment(assignment.id, { status, cooldownUntil: until });
    return {
      kind: "assignment.demoted",
      message: `${pairing.proxyLabel} was demoted for ${pairing.accountName} ${length}${why}`,
    };
  });
  return { until };
}

/** Brings a demoted, cooling, quarantined or burned assignment back at once, with its failures forgotten. */
export async function reviveAssignment(operator: Operator, pairing: Pairing): Promise<void> {
  await changePairing(operator, pairing, async ({ store, assignment }) => {
    const change = { status: "standby", failures: 0, cooldownUntil: undefined } as const;
    await store.accounts.updateAssignment(assignment.id, change);
    return {
      kind: "assignment.revived",
      message: `${pairing.proxyLabel} was revived for ${pairing.accountName}; it was ${assignment.status}.`,
    };
  });
}

async function changePairing(
  operator: Operator,
  pairing: Pairing,
  change: (found: {
    readonly store: Store;
    readonly assignment: Assignment;
  }) => Promise<{ readonly kind: string; readonly message: string }>,
): Promise<void> {
  await operator.store.transaction(async (store) => {
    const account = await requireAccount(store, pairing.accountName);
    const proxy = await requireProxy(store, pairing.proxyLabel);
    const assignment = await requireAssignment(store, account, proxy);
    const deed = await change({ store, assignment });
    await record(operator, store, { ...deed, accountId: account.id, proxyId: proxy.id });
  });
}
