import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { AccountId } from "../../../../lib/domain/ids.ts";
import type { Store } from "../../../../lib/ports/store/store.ts";
import { atMost, switchClaim } from "../../../contract/store/reputation/switches.contract.ts";
import { leaseAccount } from "../../../contract/store/samples.ts";
import { builtFile } from "../../../support/built.ts";
import { type TestDatabase, testDatabase } from "../../../support/database/database.ts";
import { eventually } from "../../../support/eventually.ts";

const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";
const program = fileURLToPath(new URL("../../../fixtures/switch-claimer/claimer.mjs", import.meta.url));

let database: TestDatabase;
let store: Store;
let admin: pg.Client;
const children = new Set<ChildProcess>();
beforeAll(async () => {
  builtFile("lib/adapters/store/open-store.js");
  database = await testDatabase();
  store = await database.store();
  admin = new pg.Client(database.adminConfig);
  await admin.connect();
});
afterEach(async () => {
  for (const child of children) await killed(child);
  await database.reset();
});
afterAll(async () => {
  await admin.end();
  await database.drop();
});

interface Claimer {
  readonly accounts: readonly AccountId[];
  readonly perAccount: number;
  readonly perFleet: number;
  readonly freezesIn?: boolean;
}

/** Starts a process that claims; `onLine` gets what it says. */
function claimer(wish: Claimer, onLine: (kind: string, child: ChildProcess) => void): ChildProcess {
  const given = JSON.stringify({ connectionString: database.url, ...wish });
  const child = spawn(process.execPath, [program, given], { stdio: ["ignore", "pipe", "inherit"] });
  children.add(child);
  if (child.stdout === null) throw new Error("a claimer without output");
  createInterface(child.stdout).on("line", (line) =>
    onLine((JSON.parse(line) as { readonly kind: string }).kind, child),
  );
  return child;
}

async function killed(child: ChildProcess): Promise<void> {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

const permits = async (): Promise<readonly number[]> => {
  const text = "select count(*)::int as count from launch.switch_permits group by account_id order by 1";
  return (await admin.query<{ count: number }>(text)).rows.map(({ count }) => count);
};

describe("switches that are claimed at once", () => {
  it("on many connections are never more than the budget", async () => {
    const { account } = await leaseAccount(store, "alice");
    const stores = await Promise.all(Array.from({ length: 6 }, () => database.store()));
    const claims = stores.flatMap((each) =>
      Array.from({ length: 5 }, () => each.switches.claim(switchClaim(account), atMost(3))),
    );
    const kinds = (await Promise.all(claims)).map(({ decision }) => decision.kind);
    expect(kinds.filter((kind) => kind === "granted")).toHaveLength(3);
    expect(await permits()).toEqual([3]);
  });

  it("by processes that are killed in the middle are never more than the budgets, and never fewer", async () => {
    const accounts: AccountId[] = [];
    for (const name of ["alice", "bob", "carol"]) accounts.push((await leaseAccount(store, name)).account.id);
    const wish = { accounts, perAccount: 4, perFleet: 10 };
    let kills = 0;
    let refusals = 0;
    await new Promise<void>((resolve) => {
      const begin = (): void => {
        // Where in its claim a process is when it dies is a matter of chance: the answer of another one is the moment.
        claimer(wish, (kind, child) => {
          if (kind === "refused") refusals += 1;
          if (kind === "ready") return;
          const [victim] = [...children].filter((each) => each !== child);
          if (victim === undefined || Math.random() < 0.5) return;
          kills += 1;
          if (kills > (isFull ? 200 : 12) && refusals > 20) return resolve();
          void killed(victim).then(begin);
        });
      };
      for (let count = 0; count < 3; count += 1) begin();
    });
    for (const child of children) await killed(child);
    // Nobody's death cost a permit for ever.
    for (const id of [...accounts, ...accounts, ...accounts, ...accounts])
      await store.switches.claim(switchClaim({ id }), ({ ofAccount, ofFleet }) =>
        atMost(ofFleet.length < 10 ? 4 : 0)({ ofAccount } as Parameters<ReturnType<typeof atMost>>[0]),
      );
    const counts = await permits();
    expect(counts.reduce((sum, count) => sum + count)).toBe(10);
    expect(Math.max(...counts)).toBeLessThanOrEqual(4);
  });

  it.each(["account", "fleet", "vendor:webshare", "venue:binance"])(
    "wait for whoever claims on the same %s, and count what it wrote",
    async (scope) => {
      const { account } = await leaseAccount(store, "alice");
      const held = scope === "account" ? `account:${account.id}` : scope;
      await admin.query("begin");
      await admin.query("select launch.lock_scopes($1)", [[held]]);
      const claimed = store.switches.claim(switchClaim(account, { provider: "webshare" }), atMost(1));
      await eventually(
        async () => {
          const text =
            "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
          return (await admin.query(text)).rowCount;
        },
        (waiting) => waiting === 1,
      );
      await admin.query(
        `insert into launch.switch_permits (id, account_id, run_id, kind, cause, venues, host_key, at)
         values (gen_random_uuid(), $1, gen_random_uuid(), 'planned', 'burned', '{binance}', 'h', now())`,
        [account.id],
      );
      await admin.query("commit");
      expect((await claimed).decision.kind).toBe("refused");
    },
  );

  it("count no account of a launcher that has been silent for four times what it promised", async () => {
    const [alice, bob] = [await leaseAccount(store, "alice"), await leaseAccount(store, "bob")];
    const silent = (times: number) =>
      admin.query(
        "update launch.launchers set renewed_at = now() - $2 * ttl_ms * interval '1 ms' where id = $1",
        [bob.owner.launcherId, times],
      );
    const running = async () =>
      (await store.switches.claim(switchClaim(alice.account), atMost(0))).facts.runningAccounts;
    await silent(3);
    expect(await running()).toBe(2);
    await silent(4);
    expect(await running()).toBe(1);
  });

  it("keep the first word on how they ended", async () => {
    const { account } = await leaseAccount(store, "alice");
    const claim = switchClaim(account);
    await store.switches.claim(claim, atMost(1));
    await store.switches.finish(claim.id, "failed");
    await store.switches.finish(claim.id, "done");
    const { rows } = await admin.query("select outcome from launch.switch_permits");
    expect(rows).toEqual([{ outcome: "failed" }]);
  });

  it("wait for a launcher that freezes in the middle no longer than the database lets it", async () => {
    const { account } = await leaseAccount(store, "alice");
    const accounts = [account.id];
    await new Promise<void>((resolve) => {
      claimer({ accounts, perAccount: 1, perFleet: 1, freezesIn: true }, (kind) => {
        if (kind === "inside") resolve();
      });
    });
    const { decision } = await store.switches.claim(switchClaim(account), atMost(1));
    expect([decision.kind, await permits()]).toEqual(["granted", [1]]);
  });
});
