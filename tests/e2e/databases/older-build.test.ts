import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LaunchResult, resultOf, startLaunch } from "../../lab/launch-command.ts";
import { openStage, type Stage } from "../../lab/stage.ts";
import { builtFile } from "../../support/built.ts";
import { type TestDatabase, testDatabase } from "../../support/database/database.ts";
import { type OlderBuild, olderBuild } from "../../support/database/older-build.ts";
import { withAdmin } from "../../support/database/postgres-cluster.ts";
import { proxyOf } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";

// The build at the end of the schema's seventh migration made everything that is here before today's program comes to it.
let older: OlderBuild;
let database: TestDatabase;
let stage: Stage;
let env: Record<string, string>;
beforeAll(async () => {
  older = olderBuild("schema-7");
  database = await testDatabase({ isEmpty: true });
  env = { LAUNCH_DATABASE_URL: database.adminUrl };
  const idle = JSON.stringify([process.execPath, "-e", "console.log('up'); setInterval(() => {}, 1000)"]);
  stage = await openStage({
    bin: older.bin,
    labMain: builtFile("tests/lab/main.js"),
    proxies: { "fra-1": "http" },
    yaml: () => `bots: { alice: { command: ${idle} } }
collectors: { funding: { command: ${idle} } }`,
  });
});
afterAll(async () => {
  await stage.close();
  await database.drop();
  older.remove();
});

async function old(words: readonly string[], input?: string): Promise<LaunchResult> {
  return await stage.launch(words, { env, ...(input === undefined ? {} : { input }) });
}

const bin = fileURLToPath(new URL("../../../bin/launch", import.meta.url));

function begin(words: readonly string[]) {
  const { folder: cwd, env: own } = stage;
  return startLaunch({ bin, words, cwd, env: { ...own, ...env }, input: undefined });
}

/** What today's program prints; it must end with 0. */
async function today(words: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await resultOf(begin(words));
  expect(`${exitCode} ${stderr}`).toMatch(/^0/);
  return stdout;
}

/** Each column and each function with its types, as a program of that schema uses them. */
async function surface(): Promise<readonly string[]> {
  const text = `select table_name || '.' || column_name || ' ' || data_type as what from information_schema.columns where table_schema = 'launch'
    union all select p.oid::regprocedure::text || ' ' || pg_get_function_result(p.oid) from pg_proc p where pronamespace = 'launch'::regnamespace`;
  return await withAdmin(database.cluster, database.name, async (admin) => {
    const { rows } = await admin.query<{ what: string }>(text);
    return rows.map(({ what }) => what).filter((what) => !/^\w+_\d{4}_\d\d/.test(what));
  });
}

async function renewals(): Promise<number> {
  const text = "select min(renewals)::int as renewals from launch.launchers where ended_at is null";
  return await withAdmin(database.cluster, database.name, async (admin) => {
    const { rows } = await admin.query<{ renewals: number }>(text);
    return rows[0]?.renewals ?? 0;
  });
}

test("a database of an older build is brought up to date, read and used while a launcher of that build runs on it", async () => {
  for (const words of [["init"], ["db", "migrate"], ["account", "add", "alice"]])
    expect(await old(words)).toMatchObject({ exitCode: 0 });
  const { endpoint, user, pass, exitIp } = proxyOf(stage, "fra-1");
  const flags = ["--proxy-endpoint", endpoint, "--proxy-user", user, "--proxy-pass-stdin"];
  expect(await old(["proxy", "add", "fra-1", ...flags], `${pass}\n`)).toMatchObject({ exitCode: 0 });
  expect(await old(["assign", "alice", "fra-1"])).toMatchObject({ exitCode: 0 });
  const launcher = stage.start(["collector", "funding"], { env });
  await launcher.line(/\bup$/);
  const bot = stage.start(["bot", "--account", "alice"], { env });
  await bot.line(/fra-1 .*proven 2\/2/);

  const known = await surface();
  await today(["db", "migrate"]);
  // What the older launchers call and read is all there, as it was.
  const now = new Set(await surface());
  expect(known.length).toBeGreaterThan(100);
  expect(known.filter((each) => !now.has(each))).toEqual([]);
  const { accounts } = JSON.parse(await today(["account", "ls", "--json"]));
  expect(accounts).toMatchObject([{ name: "alice", assignments: [{ proxy: "fra-1" }] }]);
  const { proxies } = JSON.parse(await today(["proxy", "check", "--json"]));
  expect(proxies).toMatchObject([{ proxy: "fra-1", exit_ip: exitIp }]);
  const { runs } = JSON.parse(await today(["ps", "--running", "--json"]));
  expect(runs).toMatchObject([
    { unit: "alice", state: "running", proxy: "fra-1" },
    { unit: "funding", state: "running" },
  ]);
  await today(["db", "export", "all.ndjson", "--live"]);
  const exported = readFileSync(join(stage.folder, "all.ndjson"), "utf8");
  expect(exported).toContain('"alice"');
  expect(exported).not.toContain(pass);

  // Each knows the other's lease, and the older launchers go on renewing their own.
  const third = await resultOf(begin(["bot", "--account", "alice"]));
  expect([third.exitCode, third.stderr]).toEqual([75, expect.stringContaining("LAUNCH_LEASE_HELD")]);
  const second = await resultOf(begin(["collector", "funding"]));
  expect([second.exitCode, second.stderr]).toEqual([75, expect.stringContaining("LAUNCH_LEASE_HELD")]);
  const before = await renewals();
  await eventually(renewals, (count) => count > before + 1, 20_000);
  // The older one does what today's command asks of it, and its bot goes over to today's program with its exit.
  await today(["stop", "alice", "--wait"]);
  expect(await bot.ended).toBe(0);
  const nextBot = begin(["bot", "--account", "alice"]);
  await nextBot.line(new RegExp(`fra-1 +${exitIp.replaceAll(".", "\\.")} .*proven 2/2`));
  nextBot.signal("SIGTERM");
  expect(await nextBot.ended).toBe(0);
  expect(await old(["account", "ls"])).toMatchObject({
    exitCode: 78,
    stderr: expect.stringContaining("LAUNCH_SCHEMA_TOO_NEW"),
  });
  launcher.signal("SIGTERM");
  expect(await launcher.ended).toBe(0);
  const ended = JSON.parse(await today(["ps", "--all", "--json"]));
  expect(ended.runs).toMatchObject([
    { unit: "alice", state: "ended", ended_by: "launcher" },
    { unit: "funding", state: "ended", ended_by: "launcher" },
  ]);

  const next = begin(["collector", "funding"]);
  await next.line(/\bup$/);
  next.signal("SIGTERM");
  expect(await next.ended).toBe(0);
});
