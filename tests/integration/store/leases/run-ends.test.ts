import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { instant } from "../../../../lib/domain/time.ts";
import type { Store } from "../../../../lib/ports/store/store.ts";
import {
  botSlot,
  leaseAccount,
  look,
  register,
  sampleOwner,
  sampleRun,
} from "../../../contract/store/samples.ts";
import { type TestDatabase, testDatabase } from "../../../support/database/database.ts";
import { eventually } from "../../../support/eventually.ts";

/* A run ends at the moment at which another one takes its lease and ends its row: one of the two waits, and neither for the other. */

let database: TestDatabase;
let store: Store;
let admin: pg.Client;
beforeAll(async () => {
  database = await testDatabase();
  store = await database.store();
  admin = new pg.Client({ ...database.adminConfig, application_name: "by hand" });
  await admin.connect();
  await admin.query("set search_path to launch, pg_temp");
});
afterEach(async () => {
  await admin.query("rollback");
  await database.reset();
});
afterAll(async () => {
  await admin.end();
  await database.drop();
});

/** Settles once a statement of a launcher waits for a lock. */
async function isWaiting(): Promise<void> {
  const text = `select count(*)::int as count from pg_stat_activity
    where datname = current_database() and application_name <> 'by hand' and wait_event_type = 'Lock'`;
  await eventually(
    async () => (await admin.query<{ count: number }>(text)).rows[0]?.count ?? 0,
    (count) => count > 0,
  );
}

async function aliceRuns() {
  const { account, owner } = await leaseAccount(store, "alice");
  const run = sampleRun(account, owner);
  const slot = botSlot(account);
  const asked = { ...slot, runId: run.id, launcherId: run.launcherId };
  await store.leases.acquire({ ...asked, seen: undefined, settledEra: undefined, begins: run });
  const taker = sampleOwner();
  await register(store, taker);
  const end = () =>
    store.runs.end(run.id, {
      at: instant(Date.now()),
      by: "bot",
      exitCode: 3,
      reason: "crashed",
      givenBackBy: owner.launcherId,
    });
  return { account, run, slot, taker, end, seen: await look(store, slot) };
}

it("an end that comes between the taking of its lease and the end of its row waits for both", async () => {
  const { run, slot, taker, end, seen } = await aliceRuns();
  await admin.query("begin");
  await admin.query("select acquire_lease($1, $2, $3, $4, $5, null)", [
    slot.unitKey,
    slot.instance,
    taker.runId,
    taker.launcherId,
    seen,
  ]);
  const ended = end();
  await isWaiting();
  await admin.query("select end_abandoned_runs($1, $2)", [slot.unitKey, taker.runId]);
  await admin.query("commit");
  await ended;
  expect(await store.runs.lastEnded()).toMatchObject([{ id: run.id, reason: "another run took its lease" }]);
  expect((await store.leases.holders([slot.unitKey])).get(slot.unitKey)?.owner.runId).toBe(taker.runId);
});

it("a run that takes the lease of one that ends waits for its end, and begins", async () => {
  const { account, run, slot, taker, seen } = await aliceRuns();
  await admin.query("begin");
  const values = [run.id, run.launcherId, { ended_at: new Date(), ended_by: "bot", reason: "crashed" }];
  await admin.query("select end_run($1, $2, $3, null)", values);
  const { runId, launcherId } = taker;
  const begins = sampleRun(account, taker);
  const taking = store.leases.acquire({ ...slot, runId, launcherId, seen, settledEra: undefined, begins });
  await isWaiting();
  await admin.query("commit");
  expect((await taking).kind).toBe("held");
  expect((await store.runs.live()).map((live) => live.run.id)).toEqual([runId]);
});

it("an end whose connection breaks gives the lease back all the same, and is told once", async () => {
  const { slot, run } = await aliceRuns();
  await admin.query("begin");
  await admin.query("select from leases for update");
  const at = instant(Date.now());
  const told = {
    kind: "bot.stopped",
    severity: "info",
    actor: "system",
    host: "h",
    message: "m",
    at,
  } as const;
  const ending = { at, by: "bot", exitCode: 3, reason: "crashed", told } as const;
  const ended = store.runs.end(run.id, { ...ending, givenBackBy: run.launcherId });
  await isWaiting();
  await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name <> 'by hand' and wait_event_type = 'Lock'`);
  await admin.query("commit");
  await ended;
  expect((await store.leases.holders([slot.unitKey])).size).toBe(0);
  expect(await store.runs.lastEnded()).toMatchObject([{ id: run.id, exitCode: 3 }]);
  expect(await store.history.list({ limit: 9 })).toMatchObject([{ kind: "bot.stopped" }]);
});
