import type { DatabaseMove, MoveId } from "../../../domain/database/database-move.ts";
import { UsageError } from "../../../errors.ts";
import { refuseWhileLive } from "../../../operations/refuse-while-live.ts";
import { type MovePlan, planMove } from "../../../policy/plan-move.ts";
import type { ProcessTable } from "../../../ports/process-table.ts";
import type { Database } from "../database.ts";
import { countRows, readFacts, storeFacts, whileUnchanged } from "./copy-facts.ts";

/** One of the two databases, with the name that the other shall remember. */
export interface MoveSide {
  readonly database: Database;
  readonly shown: string;
}

/** One move, and whom to tell what it does. */
export interface MoveRequest {
  readonly from: MoveSide;
  readonly to: MoveSide;
  readonly newId: MoveId;
  readonly processes: Pick<ProcessTable, "judge">;
  readonly say: (text: string) => void;
}

/** Rows copied by table; undefined when all was there from a try before. */
export type Moved = Readonly<Record<string, number>> | undefined;

/**
 * Brings all facts from one database to the other. Each step is written down where it is done, so that a move which was
 * ended at any point is run again: `leaving` here, `arriving` there, the copy in one transaction, `left` here once the copy
 * was compared, `arrived` there. From `leaving` to `arrived` nothing starts on either.
 */
export async function moveFacts(request: MoveRequest): Promise<Moved> {
  const { from, to, processes } = request;
  const store = await from.database.openStore();
  const before = await store.moves.read();
  const mark = await announce(request, before);
  try {
    await refuseWhileLive(store, processes, "Nothing may run during a move");
    const plan = await planFor(request, mark);
    if (plan.do === "refuse")
      throw new UsageError("LAUNCH_INVALID_VALUE", `${to.shown}: ${plan.why}`, { hint: plan.hint });
    const rows = plan.do === "copy" ? await copy(request, mark, plan.over) : undefined;
    const there = await to.database.openStore();
    await there.moves.write({ id: mark.id, stage: "arrived", other: from.shown });
    return rows;
  } catch (error) {
    // What a try before had begun stays as it was, to be finished.
    const isOurs = before?.stage !== "leaving" && before?.stage !== "left";
    const now = await store.moves.read().catch(() => undefined);
    if (isOurs && now?.stage === "leaving") await store.moves.write(before).catch(() => undefined);
    throw error;
  }
}

async function announce(
  { from, to, newId }: MoveRequest,
  before: DatabaseMove | undefined,
): Promise<Pick<DatabaseMove, "id">> {
  if (before?.stage === "left" || before?.stage === "arriving") return before;
  // Coming back is the same move: the other database knows it by its id.
  const id = before?.id ?? newId;
  const store = await from.database.openStore();
  await store.moves.write({ id, stage: "leaving", other: to.shown });
  return { id };
}

async function planFor(
  { from, to, processes }: MoveRequest,
  mark: Pick<DatabaseMove, "id">,
): Promise<MovePlan> {
  const ours = await (await from.database.openStore()).moves.read();
  const { kind } = await to.database.inspect();
  if (kind === "empty" || kind === "foreign")
    return planMove({ from: ours, to: { move: undefined, holdsFacts: false } });
  await to.database.migrate();
  const store = await to.database.openStore();
  const move = await store.moves.read();
  const isSameDatabase = move?.id === mark.id && move.stage === ours?.stage;
  if (!isSameDatabase) await refuseWhileLive(store, processes, "Bots run on the other database");
  const holdsFacts = (await store.accounts.list()).length + (await store.proxies.list()).length > 0;
  return planMove({ from: ours, to: { move, holdsFacts } });
}

async function copy(
  { from, to, say }: MoveRequest,
  { id }: Pick<DatabaseMove, "id">,
  over: Extract<MovePlan, { do: "copy" }>["over"],
): Promise<Moved> {
  if (over !== "nothing") await to.database.setAside(over === "left behind" ? "keep" : "remove");
  await to.database.migrate();
  const there = await to.database.openStore();
  await there.moves.write({ id, stage: "arriving", other: from.shown });
  say(`copying to ${to.shown}`);
  const facts = await readFacts(from.database);
  await storeFacts(to.database, facts);
  say("comparing");
  await whileUnchanged(from.database, facts, (store) =>
    store.moves.write({ id, stage: "left", other: to.shown }),
  );
  return countRows(facts);
}
