import { afterEach, expect, test } from "vitest";
import { openConnections } from "../../../lib/adapters/store/connections.ts";
import { patient } from "../../patience/patience.ts";
import { type TestDatabase, testDatabase } from "../../support/database/database.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function opened(change: Partial<Parameters<typeof openConnections>[0]> = {}) {
  const db = await testDatabase();
  const connections = openConnections({ connection: () => Promise.resolve(db.config), ...change });
  cleanups.push(
    () => db.drop(),
    () => connections.close(),
  );
  const backend = async (text = "select pg_backend_pid() as pid") =>
    (await connections.session.query({ text }))[0]?.["pid"];
  return { db, connections, backend };
}

const guessed = ({ config }: TestDatabase, heard: unknown[]) => ({
  config,
  question: "1 + 1 as two",
  hear: (answer: unknown) => heard.push(answer),
});

test("statements that are asked beside each other take turns on one connection", async () => {
  const { backend } = await opened({ othersAfterMs: patient(10_000) });
  const pids = await Promise.all(Array.from({ length: 40 }, () => backend()));
  expect(new Set(pids).size).toBe(1);
});

test("a statement that waits too long for the others gets a connection of its own, up to the most there may be", async () => {
  const { connections, backend } = await opened({ othersAfterMs: 1, poolSize: 2 });
  const [inside, outside] = await connections.transaction(async (session) => {
    const [row] = await session.query({ text: "select pg_backend_pid() as pid" });
    return [row?.["pid"], await backend()];
  });
  expect(outside).not.toBe(inside);
  const pids = await Promise.all(Array.from({ length: 10 }, () => backend()));
  expect(new Set(pids).size).toBeLessThanOrEqual(2);
});

test("a place that is guessed is asked its question by the first connection alone, and nobody is asked for the place", async () => {
  const heard: unknown[] = [];
  const db = await testDatabase();
  const connections = openConnections({
    connection: () => Promise.reject(new Error("asked")),
    guess: () => guessed(db, heard),
    sessionLock: 1,
    othersAfterMs: 1,
  });
  cleanups.push(
    () => db.drop(),
    () => connections.close(),
  );
  await connections.transaction(() => connections.session.query({ text: "select 1" }));
  expect(heard).toEqual([expect.objectContaining({ two: 2 })]);
});

test("where nobody is met at a place that was guessed, it is asked for", async () => {
  const heard: unknown[] = [];
  const { backend } = await opened({
    guess: () => ({
      config: { host: "/nonexistent", user: "nobody" },
      question: "1",
      hear: (each) => heard.push(each),
    }),
    sessionLock: 1,
  });
  expect(await backend()).toBeTypeOf("number");
  expect(heard).toEqual([]);
});

test("where the database of a place that was guessed refuses us, it is asked for", async () => {
  const other = await testDatabase();
  await other.drop();
  const { backend } = await opened({ guess: () => guessed(other, []), sessionLock: 1 });
  expect(await backend()).toBeTypeOf("number");
});
