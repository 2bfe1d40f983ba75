import { afterAll, afterEach, beforeAll, describe, it } from "vitest";
import type { PostgresStore } from "../../../../lib/adapters/store/open-store.ts";
import { alertStore } from "../../../../lib/adapters/store/sql/alerts/alerts.ts";
import { type TestDatabase, testDatabase } from "../../../support/database/database.ts";
import { type Engine, findEngine } from "../../../support/database/postgres-cluster.ts";
import { alertContract } from "../alerts.contract.ts";
import { storeContract } from "../store.contract.ts";

/** Runs the contract on one engine, a database a test; without that engine it says so, and fails where nothing may be left out. */
export function contractOn(engine: Engine): void {
  describe(`a store on the ${engine} PostgreSQL`, () => {
    if (findEngine(engine) === undefined) {
      it("is tested on this machine", (context) => {
        const why = `This machine has no ${engine} PostgreSQL: the store's contract was not run on it.`;
        if (process.env["CI"] === "true") throw new Error(why);
        context.skip(why);
      });
      return;
    }
    let database: TestDatabase;
    let store: PostgresStore;
    beforeAll(async () => {
      database = await testDatabase({ engine });
      store = (await database.store()) as PostgresStore;
    });
    afterEach(() => database.reset());
    afterAll(() => database.drop());
    storeContract(() => Promise.resolve(store));
    alertContract(async () => ({ store, alerts: alertStore(store.connections) }));
  });
}
