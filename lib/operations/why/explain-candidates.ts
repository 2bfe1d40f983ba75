import type { ProxyId } from "../../domain/ids.ts";
import type { IpAddress } from "../../domain/ip.ts";
import type { Run } from "../../domain/run/run.ts";
import type { AccountFacts } from "../../domain/selection/selection-facts.ts";
import { rejectionsOf } from "../../policy/eligibility.ts";
import { exitOfCandidate } from "../../policy/reputation/venue-findings.ts";
import { select } from "../../policy/select.ts";
import { canOpen, type Obstacle, obstacleOf } from "../assignments/obstacles.ts";
import type { Operator } from "../operator.ts";

/** One exit that the account may use, as a launcher would see it now. */
export interface ExplainedCandidate {
  readonly proxyLabel: string;
  readonly exitIp: IpAddress | undefined;
  readonly priority: number;
  /** `in_use`: the bot is on it · `next`: it comes next · `free`: it comes later · `no`: not now, and `obstacles` say why. */
  readonly place: "in_use" | "next" | "free" | "no";
  readonly obstacles: readonly Obstacle[];
}

/** Every assigned exit, in the order in which they would be taken; those that cannot be used now come last. */
export async function explainCandidates(
  operator: Pick<Operator, "openVault" | "clock" | "hostKey">,
  facts: AccountFacts,
  { run, order }: { readonly run: Run | undefined; readonly order: "continuity" | "round_robin" },
): Promise<readonly ExplainedCandidate[]> {
  const { account, candidates } = facts;
  const nowMs = operator.clock.now();
  const openable = new Set<ProxyId>();
  for (const { proxy } of candidates) if (await canOpen(operator, proxy)) openable.add(proxy.id);
  const { hostKey } = operator;
  const context = { nowMs, hostKey, excluded: new Map(), openable: (id: ProxyId) => openable.has(id) };
  const found = select(facts, { ...context, order, sticky: run?.proxyId });
  const ranked = found.kind === "chosen" ? found.ranked : [];
  const isUsed = (id: ProxyId) => id === run?.proxyId;
  const next = ranked.find(({ proxy }) => !isUsed(proxy.id));
  const explained = candidates.map((candidate) => {
    const { proxy, assignment } = candidate;
    const rank = ranked.indexOf(candidate);
    const place = isUsed(proxy.id) ? "in_use" : candidate === next ? "next" : rank < 0 ? "no" : "free";
    const obstacles = rejectionsOf(candidate, facts, context).map((each) =>
      obstacleOf(each, account.name, nowMs),
    );
    const exitIp = exitOfCandidate(candidate);
    return {
      rank,
      row: { proxyLabel: proxy.label, exitIp, priority: assignment.priority, place, obstacles },
    };
  });
  const orderOf = ({ rank, row }: (typeof explained)[number]) =>
    row.place === "in_use" ? -1 : rank < 0 ? ranked.length : rank;
  return explained
    .toSorted((a, b) => orderOf(a) - orderOf(b) || a.row.priority - b.row.priority)
    .map(({ row }) => row as ExplainedCandidate);
}
