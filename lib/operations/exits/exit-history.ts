import type { Account } from "../../domain/account.ts";
import type { HistoryEvent } from "../../domain/event.ts";
import type { AccountId } from "../../domain/ids.ts";
import type { Instant } from "../../domain/time.ts";
import type { UsedExit } from "../../ports/store/run-store.ts";
import type { Store } from "../../ports/store/store.ts";
import { requireAccount } from "../find-by-name.ts";
import { type NamedExit, requireExit } from "./find-exit.ts";

/** An exit that was used, and why the account came to it. */
export interface ExplainedUse extends UsedExit {
  readonly why: string | undefined;
}

export interface HistoryFilter {
  /** What was used at this moment. */
  readonly at?: Instant | undefined;
  /** What was used after this moment. */
  readonly since?: Instant | undefined;
  readonly limit: number;
}

/** Which exits an account left by, newest first, each with the reason. A removed account keeps its history. */
export async function accountHistory(
  store: Store,
  name: string,
  { at, since, limit }: HistoryFilter,
): Promise<readonly ExplainedUse[]> {
  const accountId = (await store.accounts.find(name))?.id ?? (await removedAccount(store, name));
  const uses = await store.runs.exitUses({
    accountId,
    limit,
    ...(at === undefined ? {} : { at }),
    ...(since === undefined ? {} : { since }),
  });
  const oldest = uses.at(-1)?.from;
  if (oldest === undefined) return [];
  const from = (oldest - causeWithinMs) as Instant;
  const events = await store.history.list({ accountName: name, since: from, limit: 5_000 });
  return uses.map((use) => ({ ...use, why: causeOf(use, events) }));
}

/** Who left by a proxy, or by the exit that it showed last or that is named itself, newest first. */
export async function exitHistory(
  store: Store,
  named: string,
  filter: HistoryFilter,
): Promise<{ readonly exit: NamedExit | undefined; readonly uses: readonly UsedExit[] }> {
  const proxy = await store.proxies.find(named);
  const exit = await requireExit(store, named).catch((error: unknown) => {
    // A proxy that shows no exit now may have shown one before.
    if (proxy === undefined) throw error;
    return undefined;
  });
  const { at, since, limit } = filter;
  const uses = await store.runs.exitUses({
    limit,
    ...(proxy === undefined ? {} : { proxyId: proxy.id }),
    ...(exit === undefined ? {} : { exitKey: exit.exitKey }),
    ...(at === undefined ? {} : { at }),
    ...(since === undefined ? {} : { since }),
  });
  return { exit, uses };
}

async function removedAccount(store: Store, name: string): Promise<AccountId> {
  const runs = await store.runs.lastEnded();
  const unit = runs.map((run) => run.unit).find((each) => each.kind === "bot" && each.name === name);
  if (unit?.kind === "bot") return unit.accountId;
  const account: Account = await requireAccount(store, name);
  return account.id;
}

/** How long before it takes an exit something happened to an account that made it go there. */
const causeWithinMs = 300_000;
// What only says that it has come.
const arrivals: ReadonlySet<string> = new Set(["bot.started", "switch.done", "bot.socket_appeared"]);

// The newest thing that went wrong or was asked for shortly before; without one the bot was simply started.
function causeOf(use: UsedExit, events: readonly HistoryEvent[]): string | undefined {
  const cause = events.find(
    ({ at, kind, severity }) =>
      at <= use.from &&
      at > use.from - causeWithinMs &&
      !arrivals.has(kind) &&
      (severity !== "info" ||
        kind.startsWith("proxy.") ||
        kind.startsWith("unit.") ||
        kind.startsWith("switch.")),
  );
  return cause?.message;
}
