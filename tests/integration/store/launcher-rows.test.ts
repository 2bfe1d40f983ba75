import { afterAll, beforeAll, expect, test } from "vitest";
import { register, sampleOwner } from "../../contract/store/samples.ts";
import { type TestDatabase, testDatabase } from "../../support/database/database.ts";
import { withAdmin } from "../../support/database/postgres-cluster.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

const choices = { "network.direct": "on" };

test("the last row of each folder outlives its launcher by a day, the others go with the next registration", async () => {
  const store = await database.store();
  const [first, second, elsewhere, next] = [sampleOwner(), sampleOwner(), sampleOwner(), sampleOwner()];
  for (const owner of [first, second]) await register(store, owner, [], { folder: "/here", choices });
  await register(store, elsewhere, [], { folder: "/elsewhere", choices });
  for (const { launcherId } of [first, second, elsewhere]) await store.launchers.end(launcherId);

  await register(store, next, [], { folder: "/next", choices });
  expect(await idsOf()).toEqual([second, elsewhere, next].map(({ launcherId }) => launcherId).toSorted());
  const seen = await store.launchers.otherChoices({ process: next.launcher, choices: {} });
  expect(seen.map(({ folder }) => folder)).toEqual(["/elsewhere", "/here", "/next"]);

  await asAdmin(
    "update launch.launchers set renewed_at = now() - interval '25 hours' where folder = '/elsewhere'",
  );
  await register(store, sampleOwner(), [], { folder: "/next", choices });
  expect((await idsOf()).includes(elsewhere.launcherId)).toBe(false);
});

async function idsOf(): Promise<readonly unknown[]> {
  return (await asAdmin("select id from launch.launchers order by id")).map(({ id }) => id);
}

async function asAdmin(text: string): Promise<readonly Record<string, unknown>[]> {
  return await withAdmin(database.cluster, database.name, async (admin) => (await admin.query(text)).rows);
}
