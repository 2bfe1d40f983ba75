import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { RunningLaunch } from "../../lab/launch-command.ts";
import type { Stage } from "../../lab/stage.ts";
import { type TestDatabase, testDatabase } from "../../support/database/database.ts";
import { addAccount, e2eStage, ok, startBot } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";
import { sampleAccount } from "../../support/sample-facts.ts";

let stage: Stage;
let database: TestDatabase;
beforeAll(async () => {
  stage = await e2eStage({ proxies: { "fra-1": "http" } });
  await addAccount(stage, "alice", ["fra-1"]);
});
afterAll(() => stage.close());
beforeEach(async () => {
  database = await testDatabase({ isEmpty: true });
  writeFileSync(inFolder("url"), `${database.adminUrl}\n`, { mode: 0o600 });
});
afterEach(() => database.drop());

const inFolder = (name: string) => join(stage.folder, name);
const move = (...words: string[]) => stage.launch(["db", "move", "--url-file", "url", ...words]);
const accounts = async () =>
  (JSON.parse(await ok(stage, ["account", "ls", "--json"])) as { accounts: { name: string }[] }).accounts.map(
    ({ name }) => name,
  );
test("everything moves to a PostgreSQL of one's own and back, with what was changed there, and no password is left in .env", async () => {
  // As Windows writes it.
  const old = existsSync(inFolder(".env")) ? readFileSync(inFolder(".env"), "utf8") : "";
  writeFileSync(inFolder(".env"), Buffer.from(`\uFEFF# ours: \u00E4\r\n${old}`, "utf16le"), { mode: 0o600 });
  expect((await move()).exitCode).toBe(0);
  const env = readFileSync(inFolder(".env"), "utf8");
  expect(env).toContain("LAUNCH_DATABASE_PASSFILE=");
  expect(env).toContain("# ours: \u00E4\r\n");
  expect(env).not.toContain(database.cluster.password);
  expect(statSync(join(stage.stateFolder, "pgpass")).mode & 0o777).toBe(0o600);
  const launcher = await startBot(stage, "alice", "fra-1");
  const { database: shown } = JSON.parse(await ok(stage, ["ps", "--running", "--json"])) as {
    database: string;
  };
  expect(shown).toContain(database.name);
  expect(launcher.stderr.join("\n")).toContain(`database ${shown}`);
  const refused = await stage.launch(["db", "move", "--undo"]);
  expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringMatching(/LAUNCH_IN_USE.*alice/s)]);
  launcher.signal("SIGTERM");
  expect(await launcher.ended).toBe(0);

  await ok(stage, ["account", "add", "bob"]);
  await ok(stage, ["db", "move", "--undo"]);
  expect(readFileSync(inFolder(".env"), "utf8")).not.toMatch(/^LAUNCH_DATABASE_URL/m);
  expect(await accounts()).toEqual(["alice", "bob"]);
  await ok(stage, ["account", "rm", "bob"]);
  const again = await startBot(stage, "alice", "fra-1");
  again.signal("SIGTERM");
  expect(await again.ended).toBe(0);
});

test("the database that was left starts nothing without --force, warns, and can be told to follow", async () => {
  const env = readFileSync(inFolder(".env"), "utf8");
  expect((await move()).exitCode).toBe(0);
  const moved = readFileSync(inFolder(".env"), "utf8");
  writeFileSync(inFolder(".env"), env);
  const words = ["bot", "--account", "alice", "--", process.execPath, "-e", "0"];
  const refused = await stage.launch(words);
  expect([refused.exitCode, refused.stderr]).toEqual([78, expect.stringContaining("LAUNCH_DATABASE_MOVED")]);
  expect((await stage.launch(["bot", "--force", ...words.slice(1)])).exitCode).toBe(0);
  const other = await stage.launch(["account", "ls"]);
  expect(other.stderr).toContain("changes that are made here do not reach it");
  expect((await move()).stderr).toContain("Everything was already copied");
  expect(readFileSync(inFolder(".env"), "utf8")).toBe(moved);
  await ok(stage, ["db", "move", "--undo"]);
});

test("a move is refused while a bot runs, where the URL is wrong, and onto a database of somebody else's, and changes nothing", async () => {
  const env = readFileSync(inFolder(".env"), "utf8");
  for (const [bytes, words] of [
    [Buffer.from(`${database.adminUrl}\u200B`), "holds U+200B"],
    [Buffer.from(database.adminUrl, "utf16le"), "seems to be UTF-16"],
  ] as const) {
    writeFileSync(inFolder("url"), bytes);
    const unread = await move();
    expect([unread.exitCode, unread.stderr]).toEqual([64, expect.stringContaining(`url ${words}`)]);
  }
  writeFileSync(inFolder("url"), database.adminUrl);
  const launcher = await startBot(stage, "alice", "fra-1");
  const busy = await move();
  expect([busy.exitCode, busy.stderr]).toEqual([1, expect.stringMatching(/LAUNCH_IN_USE.*alice/s)]);
  launcher.signal("SIGTERM");
  expect(await launcher.ended).toBe(0);
  writeFileSync(inFolder("wrong"), "postgres://launch:no@127.0.0.1:9/x", { mode: 0o600 });
  const wrong = await stage.launch(["db", "move", "--url-file", "wrong"]);
  expect([wrong.exitCode, wrong.stderr]).toEqual([75, expect.stringContaining("LAUNCH_STORE_UNREACHABLE")]);
  const taken = await testDatabase();
  const store = await taken.store();
  await store.accounts.create(sampleAccount({ name: "eve" }));
  writeFileSync(inFolder("taken"), taken.adminUrl, { mode: 0o600 });
  const foreign = await stage.launch(["db", "move", "--url-file", "taken"]);
  expect([foreign.exitCode, foreign.stderr]).toEqual([
    64,
    expect.stringContaining("already contains accounts"),
  ]);
  await taken.drop();
  expect(readFileSync(inFolder(".env"), "utf8")).toBe(env);
  const again = await startBot(stage, "alice", "fra-1");
  again.signal("SIGTERM");
  expect(await again.ended).toBe(0);
});

/** A move that has begun and is not over; one that was over before it was seen under way is taken back and made again. */
async function moveUnderWay(): Promise<RunningLaunch> {
  for (let turn = 0; turn < 5; turn++) {
    const begun = stage.start(["db", "move", "--url-file", "url"]);
    let isOver = false;
    void begun.ended.then(() => {
      isOver = true;
    });
    const seen = await eventually(
      () => (isOver ? "over" : stageOf("here").catch(() => undefined)),
      (at) => at === "leaving" || at === "over",
      30_000,
    );
    if (seen === "leaving") return begun;
    expect([await begun.ended, begun.stderr]).toEqual([0, expect.anything()]);
    await ok(stage, ["db", "move", "--undo"]);
  }
  throw new Error("no move was seen under way");
}

test("while one move is under way a second one, and an --undo, are refused", async () => {
  // A server makes and drops no database while a client that is suspended has not finished connecting.
  const other = await testDatabase({ isEmpty: true });
  writeFileSync(inFolder("other"), other.adminUrl, { mode: 0o600 });
  const first = await moveUnderWay();
  first.signal("SIGSTOP");
  for (const words of [["--url-file", "other"], ["--undo"]]) {
    const second = await stage.launch(["db", "move", ...words]);
    expect([second.exitCode, second.stderr]).toEqual([1, expect.stringMatching(/LAUNCH_IN_USE Another/)]);
  }
  first.signal("SIGCONT");
  // One that a busy machine kept suspended past the limits of its own questions ends with 75, loses nothing, and is run again.
  if ((await first.ended) !== 0) {
    expect([await first.ended, first.stderr.join("\n")]).toEqual([75, expect.stringContaining("LAUNCH_")]);
    expect(await move()).toMatchObject({ exitCode: 0 });
  }
  await ok(stage, ["db", "move", "--undo"]);
  expect(await accounts()).toEqual(["alice"]);
  await other.drop();
});

test("a move that was killed and taken back can be made later, to a database that was used before", async () => {
  expect((await move()).exitCode).toBe(0);
  await ok(stage, ["db", "move", "--undo"]);
  const killed = await moveUnderWay();
  killed.signal("SIGKILL");
  await killed.ended;
  await ok(stage, ["db", "move", "--undo", "--url-file", "url"]);
  expect((await move()).exitCode).toBe(0);
  await ok(stage, ["db", "move", "--undo"]);
  expect(await accounts()).toEqual(["alice"]);
});

const points = {
  "says that it begins": async () => (await stageOf("here")) === "leaving",
  "made the copy's schema": async () => (await stageOf("there")) === "arriving",
  "copied everything": async () => (await countThere()) > 0,
  "compared the copy": async () => (await stageOf("here")) === "left",
  "has the copy in use": async () => (await stageOf("there")) === "arrived",
  "wrote what .env said before": async () => existsSync(inFolder(".env.before-move")),
};
const short = ["made the copy's schema", "compared the copy"];
const tried = Object.keys(points).filter(
  (point) => process.env["LAUNCH_TEST_SIZE"] === "full" || short.includes(point),
);

test.each(tried)("a move that is killed once it %s loses nothing and is run again", async (point) => {
  await ok(stage, ["ps"]);
  const killed = stage.start(["db", "move", "--url-file", "url"]);
  const isThere = points[point as keyof typeof points];
  await Promise.race([eventually(() => isThere().catch(() => false), Boolean, 30_000), killed.ended]);
  killed.signal("SIGKILL");
  await killed.ended;
  expect(await accounts()).toEqual(["alice"]);
  const again = await move();
  // Killed too late, it names the new database already, which is no place to move to.
  expect([0, 64]).toContain(again.exitCode);
  expect(await accounts()).toEqual(["alice"]);
  const { database: shown } = JSON.parse(await ok(stage, ["ps", "--running", "--json"])) as {
    database: string;
  };
  expect(shown).toContain(database.name);
  const launcher = await startBot(stage, "alice", "fra-1");
  launcher.signal("SIGTERM");
  expect(await launcher.ended).toBe(0);
  await ok(stage, ["db", "move", "--undo"]);
});

async function asked(config: pg.ClientConfig, text: string): Promise<unknown> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    const { rows } = await client.query<{ value: unknown }>(text);
    return rows[0]?.value;
  } finally {
    await client.end();
  }
}

const here = () => ({
  host: join(stage.stateFolder, "db", "run"),
  port: 5432,
  user: "launch",
  database: "launch",
});
const stageOf = (side: "here" | "there") =>
  asked(side === "here" ? here() : database.adminConfig, "select stage as value from launch.moves");
const countThere = async () =>
  Number(await asked(database.adminConfig, "select count(*) as value from launch.accounts"));
