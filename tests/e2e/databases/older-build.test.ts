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
    yaml: () => `collectors: { funding: { command: ${idle} } }`,
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

async function renewals(): Promise<number> {
  const text = "select max(renewals)::int as renewals from launch.launchers where ended_at is null";
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

  await today(["db", "migrate"]);
  const { accounts } = JSON.parse(await today(["account", "ls", "--json"]));
  expect(accounts).toMatchObject([{ name: "alice", assignments: [{ proxy: "fra-1" }] }]);
  const { proxies } = JSON.parse(await today(["proxy", "check", "--json"]));
  expect(proxies).toMatchObject([{ proxy: "fra-1", exit_ip: exitIp }]);
  const { runs } = JSON.parse(await today(["ps", "--running", "--json"]));
  expect(runs).toMatchObject([{ unit: "funding", state: "running" }]);
  await today(["db", "export", "all.ndjson", "--live"]);
  const exported = readFileSync(join(stage.folder, "all.ndjson"), "utf8");
  expect(exported).toContain('"alice"');
  expect(exported).not.toContain(pass);

  // Each knows the other's lease, and the older launcher goes on renewing its own.
  const second = await resultOf(begin(["collector", "funding"]));
  expect([second.exitCode, second.stderr]).toEqual([75, expect.stringContaining("LAUNCH_LEASE_HELD")]);
  const before = await renewals();
  await eventually(renewals, (count) => count > before + 1, 20_000);
  expect(await old(["account", "ls"])).toMatchObject({
    exitCode: 78,
    stderr: expect.stringContaining("LAUNCH_SCHEMA_TOO_NEW"),
  });
  launcher.signal("SIGTERM");
  expect(await launcher.ended).toBe(0);
  const ended = JSON.parse(await today(["ps", "--all", "--json"]));
  expect(ended.runs).toMatchObject([
    { unit: "alice", state: "never ran", proxy: "fra-1" },
    { unit: "funding", state: "ended", ended_by: "launcher" },
  ]);

  const next = begin(["collector", "funding"]);
  await next.line(/\bup$/);
  next.signal("SIGTERM");
  expect(await next.ended).toBe(0);
});
