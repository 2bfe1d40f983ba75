import type { Account } from "../../domain/account.ts";
import type { ProxyId } from "../../domain/ids.ts";
import type { IpAddress } from "../../domain/ip.ts";
import type { Proxy, Upstream } from "../../domain/proxy/proxy.ts";
import type { AccountFacts } from "../../domain/selection/selection-facts.ts";
import type { Exclusion } from "../../policy/eligibility.ts";
import { proxyUnavailable, type Rejection } from "../../policy/rejection.ts";
import { type SelectionContext, select } from "../../policy/select.ts";
import { requireFacts } from "../find-by-name.ts";
import type { Operator } from "../operator.ts";
import { openUpstream } from "./open-upstream.ts";

/** The proxy that an account would leave through now. */
export interface ChosenProxy {
  readonly account: Account;
  readonly proxy: Proxy;
  /** Where to connect and as whom, for the agents. */
  readonly upstream: Upstream;
  /** The exit IP it was last proven to have, else the one it is expected to have. */
  readonly exitIp: IpAddress | undefined;
  /** The labels that come after it, best first. */
  readonly others: readonly string[];
  /** Every candidate that was left out, and why. */
  readonly rejected: readonly Rejection[];
}

export interface ChoiceOptions {
  /** Labels of proxies that the program itself has just found wanting. */
  readonly avoid?: readonly string[];
  /** As `selection.order` of launch.yaml. */
  readonly order?: SelectionContext["order"];
}

/**
 * Chooses as a launcher would, and changes nothing: no lease is taken and nothing is proven, so that a bot may leave through
 * the same exit meanwhile. Rejects with UsageError LAUNCH_UNKNOWN_ACCOUNT, or with ProxyUnavailableError, which names every
 * candidate and why it cannot be used.
 */
export async function chooseProxy(
  operator: Pick<Operator, "store" | "openVault" | "clock" | "hostKey">,
  accountName: string,
  options: ChoiceOptions = {},
): Promise<ChosenProxy> {
  const nowMs = operator.clock.now();
  const facts = await requireFacts(operator.store, accountName);
  const { account, candidates } = facts;
  const upstreams = await openUpstreams(operator, candidates);
  const found = select(facts, {
    nowMs,
    hostKey: operator.hostKey,
    order: options.order ?? "continuity",
    excluded: excludedBy(options.avoid ?? [], candidates),
    openable: (proxyId) => upstreams.has(proxyId),
  });
  const chosen = found.kind === "chosen" ? found.candidate : undefined;
  const upstream = chosen && upstreams.get(chosen.proxy.id);
  if (found.kind === "none" || chosen === undefined || upstream === undefined) {
    throw proxyUnavailable(account, found.rejected, nowMs);
  }
  return {
    account,
    proxy: chosen.proxy,
    upstream,
    exitIp: chosen.lastExitIp ?? chosen.proxy.expectedIp,
    others: found.ranked.slice(1).map(({ proxy }) => proxy.label),
    rejected: found.rejected,
  };
}

type Candidates = AccountFacts["candidates"];

async function openUpstreams(
  operator: Pick<Operator, "openVault">,
  candidates: Candidates,
): Promise<ReadonlyMap<ProxyId, Upstream>> {
  const upstreams = new Map<ProxyId, Upstream>();
  for (const { proxy } of candidates) {
    const opened = await openUpstream(operator, proxy);
    if (opened.kind === "opened") upstreams.set(proxy.id, opened.upstream);
  }
  return upstreams;
}

function excludedBy(labels: readonly string[], candidates: Candidates): ReadonlyMap<ProxyId, Exclusion> {
  const avoided = candidates.filter(({ proxy }) => labels.includes(proxy.label));
  return new Map(
    avoided.map(({ proxy }) => [proxy.id, { why: "is excluded by the caller", retryClass: "returns" }]),
  );
}
