import type { Proxy } from "../../domain/proxy/proxy.ts";
import type { Instant } from "../../domain/time.ts";
import { rejectionsOf } from "../../policy/eligibility.ts";
import { describeRejection, type Rejection, type RejectionReason, whatEnds } from "../../policy/rejection.ts";
import { requireAccount } from "../find-by-name.ts";
import type { Operator } from "../operator.ts";
import { openUpstream } from "../proxies/open-upstream.ts";
import type { Pairing } from "./change-assignment.ts";

/** One thing that keeps an account from leaving through a proxy now. */
export interface Obstacle {
  readonly reason: RejectionReason;
  /** A sentence that begins with the label. */
  readonly message: string;
  /** A sentence with what to type. */
  readonly fix: string;
}

/** Everything that keeps the account from leaving through the proxy now, as a launcher would see it; none when it may. */
export async function obstaclesTo(
  operator: Pick<Operator, "store" | "openVault" | "clock" | "hostKey">,
  { accountName, proxyLabel }: Pairing,
): Promise<readonly Obstacle[]> {
  const nowMs = operator.clock.now();
  const account = await requireAccount(operator.store, accountName);
  const facts = await operator.store.accounts.facts(account.id);
  const candidate = facts?.candidates.find(({ proxy }) => proxy.label === proxyLabel);
  if (facts === undefined || candidate === undefined) return [];
  const isOpenable = await canOpen(operator, candidate.proxy);
  const { hostKey } = operator;
  const context = { nowMs, excluded: new Map(), openable: () => isOpenable, hostKey };
  return rejectionsOf(candidate, facts, context).map((each) => obstacleOf(each, accountName, nowMs));
}

/** A rejection in sentences. */
export function obstacleOf(rejection: Rejection, accountName: string, nowMs: Instant): Obstacle {
  return {
    reason: rejection.reason,
    message: `${describeRejection(rejection, nowMs)}.`,
    fix: `${whatEnds(accountName, rejection)}.`,
  };
}

/** Whether the credential of the proxy can be opened with the keys at hand. */
export async function canOpen(operator: Pick<Operator, "openVault">, proxy: Proxy): Promise<boolean> {
  // Without any keys it cannot be opened either; that is told, and no reason for the command to fail.
  const opened = await openUpstream(operator, proxy).catch(() => undefined);
  return opened?.kind === "opened";
}
