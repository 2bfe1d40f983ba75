import { afterAll, afterEach, beforeAll, describe, it } from "vitest";
import type { Store } from "../../../../lib/ports/store/store.ts";
import { type TestDatabase, testDatabase } from "../../../support/database/database.ts";
import { type Engine, findEngine } from "../../../support/database/postgres-cluster.ts";
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
    let store: Store;
    beforeAll(async () => {
      database = await testDatabase({ engine });
      store = await database.store();
    });
    afterEach(() => database.reset());
    afterAll(() => database.drop());
    storeContract(() => Promise.resolve(store));
  });
}
