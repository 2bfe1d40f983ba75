import type { StoredEvent } from "../../domain/event.ts";
import { didYouMean } from "../../domain/nearest-name.ts";
import { readUnitWord, sharedName, type UnitWord } from "../../domain/text/unit-word.ts";
import { UsageError } from "../../errors.ts";
import type { EventFilter } from "../../ports/store/history-store.ts";
import type { Store } from "../../ports/store/store.ts";
import { requireAccount } from "../find-by-name.ts";

/** What happened, newest first, of one account or collector or of all; a name that never was, nor is one of the `collectors` that may run, is an error. */
export async function listEvents(
  store: Store,
  filter: EventFilter,
  collectors: readonly string[] = [],
): Promise<readonly StoredEvent[]> {
  const events = await store.history.list(filter);
  const { unitName, unitKind } = filter;
  // A removed account keeps its history, so only a name without any is taken for a typo.
  if (events.length > 0 || unitName === undefined) return events;
  if (unitKind !== "bot" && collectors.includes(unitName)) return events;
  const isKnown = (await store.history.list({ unitName, unitKind, limit: 1 })).length > 0;
  if (isKnown) return events;
  if (unitKind === "collector") throw unknownCollector(unitName, collectors);
  await requireAccount(store, unitName);
  return events;
}

/** Takes the word for an account or a collector; rejects with UsageError where it is the name of both. */
export async function requireOneUnit(
  store: Store,
  word: string,
  collectors: readonly string[],
): Promise<UnitWord> {
  const unit = readUnitWord(word);
  const { kind, name: unitName } = unit;
  if (kind !== undefined || (await store.accounts.find(unitName)) === undefined) return unit;
  const told = await store.history.list({ unitName, unitKind: "collector", limit: 1 });
  if (told.length > 0 || collectors.includes(unitName)) throw sharedName(unitName);
  return unit;
}

function unknownCollector(name: string, collectors: readonly string[]): UsageError {
  return new UsageError("LAUNCH_UNKNOWN_UNIT", `No collector is named "${name}".`, {
    hint: didYouMean(name, collectors).trim() || "`launch ps` lists the collectors that are known.",
  });
}

// Events that are stored at the same time come with numbers in another order than they become visible in.
const overlap = 500;
const mostAtOnce = 1_000;

/** What happens from here on, oldest first, as it is stored; `wait` says when to look again, and ends it when it says no. */
export async function* followEvents(
  store: Store,
  {
    unitName,
    unitKind,
    known,
  }: Pick<EventFilter, "unitName" | "unitKind"> & { readonly known: readonly StoredEvent[] },
  wait: () => Promise<boolean>,
): AsyncGenerator<StoredEvent> {
  const [newest] = known.length > 0 ? known : await store.history.list({ limit: 1 });
  let last = newest?.id ?? 0;
  // What was there before is told by the list, or was not asked for.
  const begun = last;
  const told = new Set(known.map(({ id }) => id));
  while (await wait()) {
    const afterId = Math.max(0, last - overlap);
    const found = await store.history.list({ unitName, unitKind, afterId, limit: mostAtOnce });
    for (const event of found.toReversed()) {
      if (told.has(event.id) || (event.id <= begun && event.at <= (newest?.at ?? 0))) continue;
      told.add(event.id);
      last = Math.max(last, event.id);
      yield event;
    }
    for (const id of told) if (id < last - overlap) told.delete(id);
  }
}
