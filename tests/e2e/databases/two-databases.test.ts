import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Stage } from "../../lab/stage.ts";
import { type TestDatabase, testDatabase } from "../../support/database/database.ts";
import { addAccount, e2eStage, ok, readyOn, startBot } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";
import { isRunning } from "../../support/processes/is-running.ts";
import { signal } from "../../support/processes/signal.ts";
import { pidsOf } from "../battery/picture.ts";

// Two working folders of one desk: the stage's own, on the embedded database, and one beside it with its own state folder,
// on a PostgreSQL that holds an import of the first.
let stage: Stage;
let database: TestDatabase;
let elsewhere: { env: Record<string, string> };
beforeAll(async () => {
  stage = await e2eStage({ proxies: { "fra-1": "http" } });
  await addAccount(stage, "alice", ["fra-1"]);
  database = await testDatabase({ isEmpty: true });
  await ok(stage, ["db", "export", "all.ndjson"]);
  const stateFolder = join(stage.folder, "other-state");
  mkdirSync(stateFolder, { mode: 0o700 });
  writeFileSync(join(stateFolder, "keys"), readFileSync(join(stage.stateFolder, "keys")), { mode: 0o600 });
  elsewhere = { env: { LAUNCH_DATABASE_URL: database.adminUrl, LAUNCH_STATE_DIR: stateFolder } };
  expect((await stage.launch(["db", "import", "all.ndjson"], elsewhere)).stderr).toContain(
    "rows were stored",
  );
});
afterAll(async () => {
  await stage.close();
  await database.drop();
});

const idle = [process.execPath, "-e", "setInterval(() => {}, 1000)"];

test("an account that runs on one database is refused on the other, with pid, database and folder of the first", async () => {
  const first = await startBot(stage, "alice", "fra-1");
  const second = await stage.launch(["bot", "--account", "alice", "--", ...idle], elsewhere);
  expect([second.exitCode, second.stderr]).toEqual([75, expect.stringContaining("LAUNCH_LEASE_HELD")]);
  expect(second.stderr).toContain(
    `launcher pid ${first.pid}), started in ${stage.folder} with the database embedded in ${stage.stateFolder}`,
  );
  expect(second.stderr).not.toMatch(new RegExp(database.cluster.password));
  first.signal("SIGSTOP");
  const third = await stage.launch(["bot", "--account", "alice", "--", ...idle], elsewhere);
  expect([third.exitCode, third.stderr]).toEqual([75, expect.stringContaining(`kill -CONT ${first.pid}`)]);
  first.signal("SIGCONT");
  first.signal("SIGTERM");
  // On a busy machine the third one takes longer than a lease lasts: woken up, the first has lost it.
  expect([0, 75]).toContain(await first.ended);
});

test("what a killed launcher of one database left is killed before the account starts on the other", async () => {
  const words = ["bot", "--account", "alice", "--isolation", "env", "--"];
  // The shell dies with its launcher; its own child does not.
  const first = stage.start([...words, "sh", "-c", "sleep 600 & echo child=$!; wait"]);
  await readyOn(stage, first, "fra-1");
  const child = Number((await first.line(/child=\d+/)).split("=")[1]);
  // Its watch would kill the child at once.
  const [watch = 0] = pidsOf("launch-death-watch", stage.stateFolder, String(first.pid));
  signal(watch, "SIGSTOP");
  first.signal("SIGKILL");
  await eventually(
    () => isRunning(first.pid),
    (lives) => !lives,
  );
  expect(isRunning(child)).toBe(true);
  const second = stage.start([...words, ...idle], elsewhere);
  await readyOn(stage, second, "fra-1");
  expect(isRunning(child)).toBe(false);
  // It shares what the launcher printed on.
  signal(watch, "SIGKILL");
  await first.ended;
  second.signal("SIGTERM");
  expect(await second.ended).toBe(0);
});
