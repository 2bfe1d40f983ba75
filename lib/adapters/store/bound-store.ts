import type { Store } from "../../ports/store/store.ts";
import { createAccount } from "./sql/accounts/create-account.ts";
import { findAccount } from "./sql/accounts/find-account.ts";
import { listAccounts } from "./sql/accounts/list-accounts.ts";
import { readFacts } from "./sql/accounts/read-facts.ts";
import { removeAccount } from "./sql/accounts/remove-account.ts";
import { updateAccount } from "./sql/accounts/update-account.ts";
import { assign } from "./sql/assignments/assign.ts";
import { assignMany } from "./sql/assignments/assign-many.ts";
import { listAssignments } from "./sql/assignments/list-assignments.ts";
import { unassign } from "./sql/assignments/unassign.ts";
import { updateAssignment } from "./sql/assignments/update-assignment.ts";
import { exitUseStore } from "./sql/exit-uses.ts";
import { appendEvent } from "./sql/history/append-event.ts";
import { appendEvents } from "./sql/history/append-events.ts";
import { keepHistory } from "./sql/history/keep-history.ts";
import { listEvents } from "./sql/history/list-events.ts";
import { launcherStore } from "./sql/launchers.ts";
import { leaseStore } from "./sql/leases.ts";
import { moveStore } from "./sql/moves.ts";
import { countKeyUse } from "./sql/proxies/count-key-use.ts";
import { createProxies } from "./sql/proxies/create-proxies.ts";
import { createProxy } from "./sql/proxies/create-proxy.ts";
import { findProxy } from "./sql/proxies/find-proxy.ts";
import { forgetHealth, listHealth } from "./sql/proxies/health-row.ts";
import { listProxies } from "./sql/proxies/list-proxies.ts";
import { recordCheck } from "./sql/proxies/record-check.ts";
import { removeProxy } from "./sql/proxies/remove-proxy.ts";
import { replaceSealed } from "./sql/proxies/replace-sealed.ts";
import { updateProxy } from "./sql/proxies/update-proxy.ts";
import { requestStore } from "./sql/requests.ts";
import { runStore } from "./sql/runs.ts";
import type { Session } from "./sql/session.ts";
import { unitStore } from "./sql/units.ts";

/** The tables of a store, without its transactions. */
export type StoreTables = Omit<Store, "apply" | "transaction" | "close">;

/** Binds every statement to one session: the pool or a transaction. */
export function bindStore(session: Session): StoreTables {
  return {
    accounts: {
      create: (account) => createAccount(session, account),
      find: (name) => findAccount(session, name),
      list: () => listAccounts(session),
      update: (id, change) => updateAccount(session, id, change),
      remove: (id) => removeAccount(session, id),
      assign: (assignment) => assign(session, assignment),
      assignMany: (assignments) => assignMany(session, assignments),
      unassign: (accountId, proxyId) => unassign(session, accountId, proxyId),
      assignments: (filter) => listAssignments(session, filter),
      updateAssignment: (id, change) => updateAssignment(session, id, change),
      facts: (accountId) => readFacts(session, accountId),
    },
    proxies: {
      create: (proxy) => createProxy(session, proxy),
      createMany: (proxies) => createProxies(session, proxies),
      find: (label) => findProxy(session, label),
      list: () => listProxies(session),
      update: (id, change) => updateProxy(session, id, change),
      remove: (id) => removeProxy(session, id),
      replaceSealed: (id, from, to) => replaceSealed(session, id, from, to),
      keyUse: () => countKeyUse(session),
      recordCheck: (check) => recordCheck(session, check),
      health: (id) => listHealth(session, id),
      forgetHealth: (id) => forgetHealth(session, id),
    },
    launchers: launcherStore(session),
    leases: leaseStore(session),
    runs: { ...runStore(session), ...exitUseStore(session) },
    units: unitStore(session),
    requests: requestStore(session),
    moves: moveStore(session),
    history: {
      keep: (days) => keepHistory(session, days),
      append: (event) => appendEvent(session, event),
      appendMany: (events) => appendEvents(session, events),
      list: (filter) => listEvents(session, filter),
    },
  };
}
