import { exitLeft, type HistoryEvent } from "../../domain/event.ts";
import type { AccountId } from "../../domain/ids.ts";
import type { Instant } from "../../domain/time.ts";
import type { ExitUseFilter, UsedExit } from "../../ports/store/run-store.ts";
import type { Store } from "../../ports/store/store.ts";
import { requireAccount } from "../find-by-name.ts";
import { requireExit } from "./find-exit.ts";

/** An exit that was used, and why the account came to it. */
export interface ExplainedUse extends UsedExit {
  readonly why: string | undefined;
}

type HistoryFilter = Pick<ExitUseFilter, "at" | "since" | "limit">;

/** A bot may be without an exit for so long, and what it left is still told of the oldest use that is asked for. */
const longestSearchMs = 7 * 86_400_000;

/** Which exits an account left by, newest first, each with the reason. A removed account keeps its history. */
export async function accountHistory(
  store: Store,
  name: string,
  filter: HistoryFilter,
): Promise<readonly ExplainedUse[]> {
  const accountId = (await store.accounts.find(name))?.id ?? (await removedAccount(store, name));
  const uses = await store.runs.exitUses({ accountId, ...filter });
  const oldest = uses.at(-1)?.from;
  if (oldest === undefined) return [];
  const left = await store.history.list({
    unitName: name,
    kind: exitLeft,
    since: (oldest - longestSearchMs) as Instant,
    limit: 5_000,
  });
  return uses.map((use) => ({ ...use, why: causeOf(use, uses, left) }));
}

/** Who left by a proxy, or by the exit that it showed last or that is named itself, newest first. */
export async function exitHistory(
  store: Store,
  named: string,
  filter: HistoryFilter,
): Promise<readonly UsedExit[]> {
  const proxy = await store.proxies.find(named);
  const exit = await requireExit(store, named).catch((error: unknown) => {
    // A proxy that shows no exit now may have shown one before.
    if (proxy === undefined) throw error;
    return undefined;
  });
  return await store.runs.exitUses({ proxyId: proxy?.id, exitKey: exit?.exitKey, ...filter });
}

async function removedAccount(store: Store, name: string): Promise<AccountId> {
  const runs = await store.runs.lastEnded();
  const unit = runs.map((run) => run.unit).find((each) => each.kind === "bot" && each.name === name);
  if (unit?.kind === "bot") return unit.accountId;
  return (await requireAccount(store, name)).id;
}

// What the same run wrote when it left the exit before; without it the bot was simply started there.
function causeOf(
  use: UsedExit,
  uses: readonly UsedExit[],
  left: readonly HistoryEvent[],
): string | undefined {
  const before = uses.find(({ runId, from }) => runId === use.runId && from < use.from);
  const cause = left.find(
    ({ runId, at }) => runId === use.runId && at <= use.from && at >= (before?.from ?? 0),
  );
  return cause?.message;
}
