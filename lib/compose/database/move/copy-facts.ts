import { LaunchError } from "../../../errors.ts";
import type { Store } from "../../../ports/store/store.ts";
import type { Database } from "../database.ts";

/** Every fact of a database: the lines of its export, without header and end. */
export type Facts = readonly string[];

/** Reads every fact; `onPage` is called now and then meanwhile. */
export async function readFacts(database: Database, onPage?: () => Promise<unknown>): Promise<Facts> {
  const lines: string[] = [];
  await database.exportTo(async (line) => {
    lines.push(line);
    if (onPage !== undefined && lines.length % 2_000 === 0) await onPage();
  });
  return lines;
}

/** Stores facts in an empty database, all or nothing, and reads them back; throws when one is not there as it was. */
export async function storeFacts(to: Database, facts: Facts): Promise<void> {
  await to.importFrom(eachOf(facts));
  if (!areSame(facts, await readFacts(to)))
    throw new LaunchError(
      "LAUNCH_IMPORT_REJECTED",
      "The copy differs from the original; nothing was moved.",
      {
        hint: "Run `launch db move` again, and please report it if it fails again.",
      },
    );
}

/** Keeps others from changing the pool, makes sure that it is still as it was copied, and does the last step. */
export async function whileUnchanged(
  from: Database,
  facts: Facts,
  lastStep: (store: Store) => Promise<void>,
): Promise<void> {
  const store = await from.openStore();
  await store.transaction(async (locked) => {
    await locked.moves.holdPool();
    // A transaction that says nothing for long is ended by the server.
    const now = await readFacts(from, () => locked.moves.read());
    if (!areSame(facts, now))
      throw new LaunchError("LAUNCH_IN_USE", "The database was changed during the copy; nothing was moved.", {
        hint: "Run `launch db move` again.",
      });
    await lastStep(locked);
  });
}

/** How many rows of each table there are. */
export function countRows(facts: Facts): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const line of facts) {
    const [, table] = /^\{"table":"(\w+)"/.exec(line) ?? [];
    if (table !== undefined) counts[table] = (counts[table] ?? 0) + 1;
  }
  return counts;
}

// Two servers may write one instant by two time zones, and order texts by two collations.
function areSame(one: Facts, other: Facts): boolean {
  const [left, right] = [one, other].map((facts) => facts.map(normalised).toSorted());
  return left?.length === right?.length && left?.every((line, at) => line === right?.[at]) === true;
}

function normalised(line: string): string {
  return line.replaceAll(
    /"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?([+-]\d\d:\d\d)"/g,
    (_whole, second: string, part: string | undefined, zone: string) =>
      JSON.stringify([Date.parse(`${second}${zone}`), part ?? ""]),
  );
}

// oxlint-disable-next-line typescript/require-await
async function* eachOf(facts: Facts): AsyncGenerator<string> {
  yield* facts;
}
