import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { AccountId, RunId } from "../../../lib/domain/ids.ts";
import type { LeaseOwner, SeenLease } from "../../../lib/domain/run/lease.ts";
import type { Store } from "../../../lib/ports/store/store.ts";
import {
  ask,
  botSlot,
  collectorSlot,
  leaseAccount,
  look,
  mustHold,
  mustTakeExit,
  register,
  sampleOwner,
} from "../../contract/store/samples.ts";
import { type TestDatabase, testDatabase } from "../../support/database/database.ts";
import { eventually } from "../../support/eventually.ts";
import { type Mutant, placeMutant } from "../../support/leases/mutants.ts";

/*
 * Each race by itself, with the transactions held open by hand where they meet: first as the functions are, then with the
 * mutant that the race tells from them.
 */

const slot = collectorSlot("ticks");
let database: TestDatabase;
let store: Store;
let admin: pg.Client;
beforeAll(async () => {
  database = await testDatabase();
  store = await database.store();
  admin = await connect();
});
afterEach(async () => {
  await admin.query("rollback");
  await database.reset();
});
afterAll(async () => {
  await admin.end();
  await database.drop();
});

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ ...database.adminConfig, application_name: "by hand" });
  await client.connect();
  await client.query("set search_path to launch, pg_temp");
  return client;
}

async function withMutant(mutant: Mutant | undefined, work: () => Promise<void>): Promise<void> {
  await placeMutant(admin, mutant, false);
  try {
    await work();
  } finally {
    await admin.query("rollback");
    await placeMutant(admin, undefined, false);
  }
}

/** Settles once a statement of a launcher waits for a lock. */
async function isWaiting(): Promise<void> {
  const text = `select count(*)::int as count from pg_stat_activity
    where datname = current_database() and application_name <> 'by hand' and wait_event_type = 'Lock'`;
  await eventually(
    async () => (await admin.query<{ count: number }>(text)).rows[0]?.count ?? 0,
    (count) => count > 0,
  );
}

const take = (owner: LeaseOwner, seen: SeenLease) =>
  admin.query("select acquire_lease($1, $2, $3, $4, $5, null) as answer", [
    slot.unitKey,
    slot.instance,
    owner.runId,
    owner.launcherId,
    seen,
  ]);

describe("a renewal that waits for a taking", () => {
  // The taking has the launcher's row locked, and commits while the renewal waits for it.
  async function race(): Promise<{ readonly taken: string; readonly believed: number }> {
    const holder = sampleOwner();
    const taker = sampleOwner();
    await mustHold(store, { slot, owner: holder });
    await register(store, taker);
    const seen = await look(store, slot);
    await admin.query("begin");
    const answer = (await take(taker, seen)).rows[0] as { answer: { kind: string } };
    const renewal = store.launchers.renew(holder.launcherId);
    await isWaiting();
    await admin.query("commit");
    return { taken: answer.answer.kind, believed: (await renewal)?.tokens.length ?? 0 };
  }

  it("finds that the lease is gone", async () => {
    expect(await race()).toEqual({ taken: "held", believed: 0 });
  });

  it("believes to keep it when it reads in the statement that counts: the mutant one-statement", () =>
    withMutant("one-statement", async () => {
      expect(await race()).toEqual({ taken: "held", believed: 1 });
    }));
});

describe("a taking that waits for a renewal", () => {
  // The renewal has counted and not committed; the taker's proof is from before it.
  async function race(): Promise<string> {
    const holder = sampleOwner();
    await mustHold(store, { slot, owner: holder });
    const seen = await look(store, slot);
    await admin.query("begin");
    await admin.query("select renew_launcher($1)", [holder.launcherId]);
    const taking = ask(store, { slot, owner: sampleOwner(), seen });
    const isDone = taking.then(() => true);
    await Promise.race([isWaiting(), isDone]);
    await admin.query("commit");
    return (await taking).kind;
  }

  it("looks again, and refuses", async () => {
    expect(await race()).toBe("busy");
  });

  it("takes from a holder that counts on its renewal when it locks nothing: the mutant no-lock", () =>
    withMutant("no-lock", async () => {
      expect(await race()).toBe("held");
    }));
});

describe("a taking of an exit that waits for its holder's renewal", () => {
  async function race(): Promise<string> {
    const alice = await leaseAccount(store, "alice");
    const bob = await leaseAccount(store, "bob");
    await mustTakeExit(store, alice.exitRequest("203.0.113.7"));
    const seen = new Map<RunId, SeenLease>([[alice.owner.runId, { token: alice.lease.token, renewals: 1 }]]);
    await admin.query("begin");
    await admin.query("select renew_launcher($1)", [alice.owner.launcherId]);
    const taking = store.leases.takeExit(bob.exitRequest("203.0.113.7", { seen }));
    await Promise.race([isWaiting(), taking]);
    await admin.query("commit");
    return (await taking).kind;
  }

  it("looks again, and leaves the exit to its holder", async () => {
    expect(await race()).toBe("conflict");
  });

  it("gives one exit to two accounts when it locks nothing: the mutant no-lock", () =>
    withMutant("no-lock", async () => {
      expect(await race()).toBe("taken");
    }));
});

describe("a lease that its launcher acquired since it was last seen to renew", () => {
  async function race(): Promise<string> {
    const holder = sampleOwner();
    await mustHold(store, { slot, owner: holder });
    const seen = await look(store, slot);
    await store.leases.release(holder.runId, holder.launcherId);
    await mustHold(store, { slot, owner: sampleOwner(holder.launcherId) });
    return (await ask(store, { slot, owner: sampleOwner(), seen })).kind;
  }

  it("has a younger deadline than the launcher's silence, and is not taken", async () => {
    expect(await race()).toBe("busy");
  });

  it("is taken too early when the launcher's silence is the proof: the mutant no-token", () =>
    withMutant("no-token", async () => {
      expect(await race()).toBe("held");
    }));
});

describe("two runs of one launcher", () => {
  async function race(): Promise<string> {
    const first = sampleOwner();
    await mustHold(store, { slot, owner: first });
    return (await ask(store, { slot, owner: sampleOwner(first.launcherId) })).kind;
  }

  it("do not hold one lease", async () => {
    expect(await race()).toBe("busy");
  });

  it("both have it when it is the launcher that makes it theirs: the mutant mine-by-launcher-id", () =>
    withMutant("mine-by-launcher-id", async () => {
      expect(await race()).toBe("held");
    }));
});

describe("leases", () => {
  it("are refused in any transaction that cannot see what it waited for", async () => {
    const { launcherId } = sampleOwner();
    for (const level of ["repeatable read", "serializable"]) {
      const client = await connect();
      await client.query(`set default_transaction_isolation = '${level}'`);
      await expect(client.query("select renew_launcher($1)", [launcherId])).rejects.toThrow("read committed");
      await client.end();
    }
  });

  it("are written as if synchronous_commit were on wherever it is off, until the transaction ends", async () => {
    await admin.query("set synchronous_commit = off; begin");
    await admin.query("select lease_guard()");
    const within = await admin.query("show synchronous_commit");
    await admin.query("commit");
    const after = await admin.query("show synchronous_commit");
    await admin.query("reset synchronous_commit");
    expect([within.rows, after.rows]).toEqual([
      [{ synchronous_commit: "on" }],
      [{ synchronous_commit: "off" }],
    ]);
  });

  it("of a run that gave its exit back while a taker waited for it stay", async () => {
    const alice = await leaseAccount(store, "alice");
    const bob = await leaseAccount(store, "bob");
    const exit = await mustTakeExit(store, alice.exitRequest("203.0.113.7"));
    const seen = new Map<RunId, SeenLease>([[alice.owner.runId, { token: alice.lease.token, renewals: 1 }]]);
    await admin.query("begin");
    await admin.query("select release_exit($1, $2)", [exit.runId, exit.token]);
    const taking = store.leases.takeExit(bob.exitRequest("203.0.113.7", { seen }));
    await isWaiting();
    await admin.query("commit");
    expect((await taking).kind).toBe("taken");
    expect(await store.launchers.renew(alice.owner.launcherId)).toMatchObject({
      tokens: [alice.lease.token],
    });
  });

  it("of the two addresses of an exit are waited for in one order, whichever of them is named first", async () => {
    const bob = await leaseAccount(store, "bob");
    await admin.query("begin");
    await admin.query("select queue_takers('exit 2001:db8:1::/64')");
    const taking = store.leases.takeExit(bob.exitRequest(["203.0.113.7", "2001:db8:1::1"]));
    await isWaiting();
    const isFree = "select pg_try_advisory_xact_lock(hashtextextended('exit 203.0.113.7', 0)) as is_free";
    const later = await admin.query(isFree);
    await admin.query("commit");
    expect([later.rows, (await taking).kind]).toEqual([[{ is_free: true }], "taken"]);
  });

  it("go to one of many that saw the same silence, also when two launchers hold one another for dead", async () => {
    const [one, two] = [sampleOwner(), sampleOwner()];
    await mustHold(store, { slot: collectorSlot("one"), owner: one });
    await mustHold(store, { slot: collectorSlot("two"), owner: two });
    const seen = {
      one: await look(store, collectorSlot("one")),
      two: await look(store, collectorSlot("two")),
    };
    const attempts = await Promise.all([
      ...Array.from({ length: 3 }, () =>
        ask(store, { slot: collectorSlot("one"), owner: sampleOwner(two.launcherId), seen: seen.one }),
      ),
      ...Array.from({ length: 3 }, () =>
        ask(store, { slot: collectorSlot("two"), owner: sampleOwner(one.launcherId), seen: seen.two }),
      ),
    ]);
    expect(attempts.filter(({ kind }) => kind === "held")).toHaveLength(2);
  });

  it("are nobody's for a TTL once the server is another one, and then go to who watched it", async () => {
    await admin.query("update lease_world set timeline = timeline + 7");
    const asked = botSlot({ id: "00000000-0000-4000-8000-000000000001" as AccountId });
    const owner = sampleOwner();
    const first = await ask(store, { slot: asked, owner });
    if (first.kind !== "settling") throw new Error(first.kind);
    const request = { ...asked, runId: owner.runId, launcherId: owner.launcherId, seen: undefined };
    const wrong = await store.leases.acquire({ ...request, settledEra: first.era + 1 });
    expect(wrong).toEqual(first);
    expect((await store.leases.acquire({ ...request, settledEra: first.era })).kind).toBe("held");
    expect((await ask(store, { slot, owner: sampleOwner() })).kind).toBe("held");
  });

  it("get tokens of a later era on a server of another name, as after a restored dump", async () => {
    const before = await mustHold(store, { slot, owner: sampleOwner() });
    await admin.query("update lease_world set server = 'the one before', timeline = 3");
    await admin.query("alter sequence lease_tokens restart");
    const owner = sampleOwner();
    const free = collectorSlot("free");
    const settling = await ask(store, { slot: free, owner });
    if (settling.kind !== "settling") throw new Error(settling.kind);
    const { runId, launcherId } = owner;
    const request = { ...free, runId, launcherId, seen: undefined, settledEra: settling.era };
    const after = await store.leases.acquire(request);
    if (after.kind !== "held") throw new Error(after.kind);
    expect(after.lease.token).toBeGreaterThan(before.token);
    await admin.query("update lease_world set base = 0, is_settled = true");
  });
});
