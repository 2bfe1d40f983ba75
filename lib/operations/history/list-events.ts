import type { HistoryEvent } from "../../domain/event.ts";
import type { Store } from "../../ports/store/store.ts";
import { requireAccount } from "../find-by-name.ts";

/** What happened, newest first, of one account or of all; an account that never was is an error. */
export async function listEvents(
  store: Store,
  filter: { readonly accountName: string | undefined; readonly limit: number },
): Promise<readonly HistoryEvent[]> {
  const { accountName, limit } = filter;
  if (accountName === undefined) return await store.history.list({ limit });
  const events = await store.history.list({ accountName, limit });
  // A removed account keeps its history, so only a name without any is taken for a typo.
  if (events.length === 0) await requireAccount(store, accountName);
  return events;
}
