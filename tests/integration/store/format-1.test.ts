import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { importAll } from "../../../lib/adapters/store/import.ts";
import { readKeys } from "../../../lib/adapters/vault/key-text.ts";
import { openVault } from "../../../lib/adapters/vault/vault.ts";
import type { Store } from "../../../lib/ports/store/store.ts";
import { type TestDatabase, testDatabase } from "../../support/database/database.ts";

const fixture = (name: string) =>
  readFileSync(new URL(`../../fixtures/export/${name}`, import.meta.url), "utf8");
const lines = fixture("format-1.ndjson").trim().split("\n");

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await testDatabase();
  await importAll({ connection: () => Promise.resolve(database.config) }, lines);
  store = await database.store();
});
afterAll(() => database.drop());

// Made by the first build that could export; nothing may write it anew.
describe("an export of format 1", () => {
  it("brings every account with its venues, group and hold", async () => {
    expect(await store.accounts.list()).toMatchObject([
      {
        name: "alice",
        venues: ["binance", "okx"],
        allowedCountries: ["DE", "NL"],
        hold: undefined,
        wanted: "up",
      },
      { name: "bob", venues: ["any"], groupName: "family", wanted: "down" },
      { name: "carol", groupName: "family", hold: { by: "user:ops", why: "audit of the year" } },
    ]);
  });

  it("brings every proxy with a credential that its key opens", async () => {
    const vault = openVault(readKeys(fixture("format-1.key"), "format-1.key"));
    const users = (await store.proxies.list()).map(({ id, label, endpoint, sealed }) => {
      if (sealed === undefined) return [label, undefined];
      const opened = vault.open(sealed, { id, label, scheme: endpoint.scheme });
      return [label, opened.kind === "opened" ? opened.credential.user : opened.why];
    });
    expect(Object.fromEntries(users)).toEqual({
      "ams-1": "user-ams-1",
      "fra-1": "user-fra-1",
      "fra-2": "user-fra-2",
      "open-1": undefined,
    });
  });

  it("brings assignments with what was found out about them", async () => {
    const [alice] = await store.accounts.list();
    if (alice === undefined) throw new Error("there is no account");
    const facts = await store.accounts.facts(alice.id);
    const found = facts?.candidates.map(({ proxy, assignment, usedBefore, lastExitIp }) => [
      proxy.label,
      assignment.priority,
      assignment.status,
      assignment.failures,
      usedBefore,
      lastExitIp,
    ]);
    expect(found).toEqual([
      ["fra-1", 1, "standby", 0, true, "203.0.113.7"],
      ["fra-2", 2, "cooling", 2, false, undefined],
      ["ams-1", 3, "quarantined", 7, false, undefined],
      ["open-1", 4, "standby", 0, false, undefined],
    ]);
  });

  it("brings the history: the last run of each unit, and every event in its order", async () => {
    const last = await store.runs.lastEnded();
    expect(
      last.map(({ unit, exitCode, launcher }) => [unit.kind, unit.name, exitCode, launcher.pid]),
    ).toEqual([
      ["bot", "alice", 4, 4004],
      ["bot", "bob", 3, 4003],
      ["collector", "books", 0, 4711],
      ["collector", "ticks", 0, 4711],
    ]);
    expect(await store.runs.live()).toEqual([]);
    const events = await store.history.list({ limit: 100 });
    expect(events.map(({ message }) => message)).toEqual(
      Array.from({ length: 12 }, (_, index) => `something happened (${11 - index})`),
    );
    expect(await store.history.list({ unitName: "alice", limit: 100 })).toHaveLength(9);
    expect(events.at(-1)?.evidence).toEqual({ asked: 3, tried: ["fra-1", "fra-2"] });
  });
});
