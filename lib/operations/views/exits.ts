import type { UsedExit } from "../../ports/store/run-store.ts";
import type { AccountExits } from "../exits/account-exits.ts";
import type { ExplainedUse } from "../exits/exit-history.ts";
import type { JudgedExit } from "../exits/judge-exit.ts";
import { rfc3339 } from "./rfc3339.ts";

/** The answer of `launch account ips --json`: every assigned exit, as the account's venues see it. */
export function accountExitsView({ account, exits, registered, nextChangeAt }: AccountExits) {
  return {
    version: 1,
    account: account.name,
    key_label: account.keyLabel ?? null,
    registered,
    registered_changes: account.registeredChanges ?? null,
    next_change_at: rfc3339(nextChangeAt),
    exits: exits.map((exit) => ({
      proxy: exit.proxyLabel,
      priority: exit.priority,
      status: exit.status,
      exit_ip: exit.exitIp ?? null,
      proven_at: rfc3339(exit.provenAt),
      swapped_at: rfc3339(exit.swappedAt),
      registered: exit.isRegistered ?? null,
      venues: exit.venues.map(({ venue, acceptance, reputation, untilAt }) => ({
        venue,
        acceptance: acceptance ?? "unknown",
        reputation,
        until: rfc3339(untilAt),
      })),
    })),
  };
}

/** The answer of `launch account history --json` and `launch proxy history --json`: who left by which exit when, newest first. */
export function exitUsesView(uses: readonly (UsedExit | ExplainedUse)[]) {
  return {
    version: 1,
    uses: uses.map((use) => ({
      account: use.accountName,
      account_id: use.accountId,
      proxy: use.proxyLabel ?? null,
      proxy_id: use.proxyId,
      exit_ip: use.exitIp,
      venues: use.venues,
      run_id: use.runId,
      from: rfc3339(use.from),
      until: rfc3339(use.until),
      ...("why" in use ? { why: use.why ?? null } : {}),
    })),
  };
}

/** The answer of `launch burn --json` and `launch revive --json`: how the exit stands now. */
export function judgedExitView({ exit, reputations }: JudgedExit) {
  return {
    version: 1,
    exit_ip: exit.exitIp,
    proxies: exit.proxies.map(({ label }) => label),
    reputations: reputations.map(({ venue, state, untilAt, failures }) => ({
      venue,
      state,
      until: rfc3339(untilAt),
      failures,
    })),
  };
}
