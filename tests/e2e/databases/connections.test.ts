import { readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Stage } from "../../lab/stage.ts";
import { addAccount, e2eStage, ok, startBot } from "../../support/e2e-stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await e2eStage({ proxies: { "fra-1": "http" } });
  await addAccount(stage, "alice", ["fra-1"]);
  const url = new URL((await ok(stage, ["db", "url"])).trim());
  const [host, port] = [url.searchParams.get("host"), Number(url.searchParams.get("port"))];
  const admin = new pg.Client({ host: host ?? "", port, user: "postgres", database: "launch" });
  await admin.connect();
  await admin.query("alter system set log_connections = on");
  await admin.query("select pg_reload_conf()");
  await admin.end();
});
afterAll(() => stage.close());

/** Who has connected to the database so far, by its log. */
function connected(): readonly string[] {
  const log = readFileSync(join(stage.folder, "state/db/postgres.log"), "utf8");
  return [...log.matchAll(/connection authorized: user=(\S+) .*application_name=(\S+)/g)].map(
    ([, user, application]) => `${user} ${application}`,
  );
}

test("a bot that starts opens one connection, at most three where all is slow, and none only to ask whether the database is there", async () => {
  const before = connected().length;
  const launcher = await startBot(stage, "alice", "fra-1");
  const opened = connected().slice(before);
  expect(new Set(opened)).toEqual(new Set(["launch launch"]));
  expect(opened.length).toBeLessThanOrEqual(3);
  await launcher.end();
});

test("a command opens one", async () => {
  const before = connected().length;
  await ok(stage, ["ps"]);
  expect(connected().slice(before)).toEqual(["launch launch"]);
});
