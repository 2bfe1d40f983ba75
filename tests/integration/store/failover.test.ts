import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { migrate } from "../../../lib/adapters/store/migrate.ts";
import { openPostgresStore } from "../../../lib/adapters/store/open-store.ts";
import type { LauncherId } from "../../../lib/domain/ids.ts";
import type { Store } from "../../../lib/ports/store/store.ts";
import {
  ask,
  collectorSlot,
  leaseAccount,
  mustHold,
  mustTakeExit,
  sampleOwner,
} from "../../contract/store/samples.ts";
import { clustersFolder, describeCluster, migrationsFolder } from "../../support/database/database.ts";
import {
  type Cluster,
  clusterConfig,
  crashCluster,
  failOver,
  findEngine,
  promoteStandby,
  removeCluster,
  startCluster,
  startStandby,
  waitForStandby,
  withAdmin,
} from "../../support/database/postgres-cluster.ts";
import { eventually } from "../../support/eventually.ts";

const binaries = findEngine("system");
const hasStandby = binaries !== undefined && existsSync(join(binaries, "pg_basebackup"));

// An asynchronous standby forgets the last moment of its primary: what was taken then must not be taken again at once, nor
// under the same token.
describe.skipIf(!hasStandby)(
  "leases on a standby that takes over without the last moment of its primary",
  () => {
    let primary: Cluster;
    let standby: Cluster;
    const stores: Store[] = [];
    const storeOn = async (cluster: Cluster): Promise<Store> => {
      const config = clusterConfig(cluster, "postgres", "launch");
      const store = await openPostgresStore({ connection: () => Promise.resolve(config) });
      stores.push(store);
      return store;
    };

    beforeAll(async () => {
      primary = await startCluster("system", join(clustersFolder(), "primary"));
      describeCluster(primary);
      const connection = clusterConfig(primary, "postgres", "postgres");
      await migrate({ connection, folder: migrationsFolder, grantTo: "launch" });
      standby = await startStandby(primary, join(clustersFolder(), "standby"));
      describeCluster(standby);
    });
    afterAll(async () => {
      await Promise.all(stores.map((store) => store.close()));
      removeCluster(standby);
      removeCluster(primary);
    });

    it("are settled by one TTL of watching, get tokens of a later era, and are lost to whoever held what was forgotten", async () => {
      const before = await storeOn(primary);
      const [early, late] = [sampleOwner(), sampleOwner()];
      const kept = await mustHold(before, { slot: collectorSlot("kept"), owner: early });
      await ask(before, { slot: collectorSlot("kept"), owner: late });
      const alice = await leaseAccount(before, "alice");
      await caughtUp();
      await cutOff(standby);
      const forgotten = await mustHold(before, { slot: collectorSlot("forgotten"), owner: late });
      expect(await before.launchers.renew(late.launcherId)).toMatchObject({ tokens: [forgotten.token] });
      const exit = await mustTakeExit(before, alice.exitRequest("203.0.113.7"));
      expect(await before.launchers.renew(alice.owner.launcherId)).toMatchObject({ exits: [exit.token] });
      crashCluster(primary);
      await promoteStandby(standby);

      const after = await storeOn(standby);
      const taker = sampleOwner();
      const slot = collectorSlot("forgotten");
      const first = await ask(after, { slot, owner: taker });
      if (first.kind !== "settling") throw new Error(first.kind);
      expect(first.ttlMs).toBe(15_000);
      // Nothing of what is held is disturbed, and what was forgotten is missed at the first renewal.
      expect(await after.launchers.renew(early.launcherId)).toMatchObject({ tokens: [kept.token] });
      expect(await after.launchers.renew(late.launcherId)).toMatchObject({ tokens: [] });
      const known = { tokens: [alice.lease.token], exits: [] };
      expect(await after.launchers.renew(alice.owner.launcherId)).toEqual(known);
      const { runId, launcherId } = taker;
      const request = { ...slot, runId, launcherId, seen: undefined, settledEra: first.era };
      const attempt = await after.leases.acquire(request);
      if (attempt.kind !== "held") throw new Error(attempt.kind);
      expect(attempt.lease.token).toBeGreaterThan(forgotten.token);
      expect((await ask(after, { slot: collectorSlot("new"), owner: sampleOwner() })).kind).toBe("held");
    });

    it("are all there on a synchronous standby that takes over in the middle of takings: what was answered was given", async () => {
      const [from, to] = [standby, join(clustersFolder(), "synchronous")];
      const synchronous = await startStandby(from, to);
      describeCluster(synchronous);
      await waitForStandby(from);
      const before = await storeOn(from);
      const owners = [sampleOwner(), sampleOwner(), sampleOwner(), sampleOwner()];
      const given = new Map<LauncherId, number[]>(owners.map(({ launcherId }) => [launcherId, []]));
      let isOver = false;
      onTestFinished(() => {
        isOver = true;
      });
      const takings = owners.map(async (owner, index) => {
        for (let count = 0; !isOver; count += 1) {
          const slot = collectorSlot(`taken-${index}-${count}`);
          const taken = await mustHold(before, { slot, owner: sampleOwner(owner.launcherId) }).catch(
            () => undefined,
          );
          if (taken === undefined) return;
          given.get(owner.launcherId)?.push(taken.token);
        }
      });
      await eventually(
        () => Math.min(...[...given.values()].map(({ length }) => length)),
        (least) => least >= 20,
      );
      // It gets nothing any more while takers go on: whatever is answered from now on would be forgotten.
      await cutOff(synchronous);
      standby = await failOver(from, synchronous);
      removeCluster(from);
      await Promise.all(takings);

      const after = await storeOn(standby);
      for (const [launcherId, tokens] of given) {
        expect(tokens.length).toBeGreaterThan(0);
        expect(await after.launchers.renew(launcherId)).toMatchObject({
          tokens: expect.arrayContaining(tokens),
        });
      }
      // Nobody can know that nothing was forgotten: takers wait here as well.
      const taker = sampleOwner();
      const first = await ask(after, { slot: collectorSlot("free"), owner: taker });
      if (first.kind !== "settling") throw new Error(first.kind);
      const { runId, launcherId } = taker;
      const request = { ...collectorSlot("free"), runId, launcherId, seen: undefined };
      expect((await after.leases.acquire({ ...request, settledEra: first.era - 1 })).kind).toBe("settling");
      expect((await after.leases.acquire({ ...request, settledEra: first.era })).kind).toBe("held");
    });

    // A promotion replays whatever has come, so the last moment must not come.
    async function cutOff(cluster: Cluster): Promise<void> {
      await withAdmin(cluster, "postgres", async (admin) => {
        await admin.query("alter system set primary_conninfo = ''");
        await admin.query("select pg_reload_conf()");
        const text = "select count(*)::int as count from pg_stat_wal_receiver";
        await eventually(
          async () => (await admin.query<{ count: number }>(text)).rows[0]?.count,
          (count) => count === 0,
        );
      });
    }

    async function caughtUp(): Promise<void> {
      const at = await withAdmin(primary, "postgres", async (admin) => {
        const { rows } = await admin.query<{ at: string }>("select pg_current_wal_flush_lsn()::text as at");
        return rows[0]?.at ?? "";
      });
      await eventually(
        () =>
          withAdmin(standby, "postgres", async (admin) => {
            const text = "select pg_last_wal_replay_lsn() >= $1::pg_lsn as is_there";
            return (await admin.query<{ is_there: boolean }>(text, [at])).rows[0]?.is_there;
          }),
        (isThere) => isThere === true,
      );
    }
  },
);
