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
import { appendEvent } from "./sql/history/append-event.ts";
import { appendEvents } from "./sql/history/append-events.ts";
import { listEvents } from "./sql/history/list-events.ts";
import { acquireLease } from "./sql/leases/acquire-lease.ts";
import { findHolder } from "./sql/leases/find-holder.ts";
import { releaseExit } from "./sql/leases/release-exit.ts";
import { releaseLease } from "./sql/leases/release-lease.ts";
import { renewLeases } from "./sql/leases/renew-leases.ts";
import { takeExit } from "./sql/leases/take-exit.ts";
import { countKeyUse } from "./sql/proxies/count-key-use.ts";
import { createProxies } from "./sql/proxies/create-proxies.ts";
import { createProxy } from "./sql/proxies/create-proxy.ts";
import { findProxy } from "./sql/proxies/find-proxy.ts";
import { listProxies } from "./sql/proxies/list-proxies.ts";
import { pinExpectedIp } from "./sql/proxies/pin-expected-ip.ts";
import { recordCheck } from "./sql/proxies/record-check.ts";
import { removeProxy } from "./sql/proxies/remove-proxy.ts";
import { replaceSealed } from "./sql/proxies/replace-sealed.ts";
import { updateProxy } from "./sql/proxies/update-proxy.ts";
import { requestStore } from "./sql/requests.ts";
import { beginRun } from "./sql/runs/begin-run.ts";
import { closeExitUse } from "./sql/runs/close-exit-use.ts";
import { endRun } from "./sql/runs/end-run.ts";
import { listLastEnded } from "./sql/runs/list-last-ended.ts";
import { listLiveRuns } from "./sql/runs/list-live-runs.ts";
import { openExitUse } from "./sql/runs/open-exit-use.ts";
import { updateRun } from "./sql/runs/update-run.ts";
import type { Session } from "./sql/session.ts";
import { unitStore } from "./sql/units.ts";

/** The tables of a store, without its transactions. */
export type StoreTables = Omit<Store, "transaction" | "close">;

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
      pinExpectedIp: (id, exitIp) => pinExpectedIp(session, id, exitIp),
      recordCheck: (check) => recordCheck(session, check),
    },
    leases: {
      acquire: (request) => acquireLease(session, request),
      renew: (launcherId, leases) => renewLeases(session, launcherId, leases),
      release: (runId, resource) => releaseLease(session, runId, resource),
      takeExit: (request) => takeExit(session, request),
      releaseExit: (lease) => releaseExit(session, lease),
      holder: (resource) => findHolder(session, resource),
    },
    runs: {
      begin: (run) => beginRun(session, run),
      update: (id, change) => updateRun(session, id, change),
      end: (id, end) => endRun(session, id, end),
      live: () => listLiveRuns(session),
      lastEnded: () => listLastEnded(session),
      openExitUse: (use) => openExitUse(session, use),
      closeExitUse: (runId, at) => closeExitUse(session, runId, at),
    },
    units: unitStore(session),
    requests: requestStore(session),
    history: {
      append: (event) => appendEvent(session, event),
      appendMany: (events) => appendEvents(session, events),
      list: (filter) => listEvents(session, filter),
    },
  };
}
