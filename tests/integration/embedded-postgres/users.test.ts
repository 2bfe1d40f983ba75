import { spawnSync } from "node:child_process";
import { chownSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startServer } from "../../../lib/adapters/embedded-postgres/cluster/start-server.ts";
import { copyEngine } from "../../../lib/adapters/embedded-postgres/engine/copy-engine.ts";
import { findEngines } from "../../../lib/adapters/embedded-postgres/engine/find-engines.ts";
import { stateLayout } from "../../../lib/adapters/embedded-postgres/server/state-layout.ts";
import type { DatabaseAddress } from "../../../lib/ports/database-server.ts";
import { type ServerRig, serverRig } from "../../support/database/embedded-server.ts";

const isRoot = process.getuid?.() === 0;
const nobody = 65_534;
let rig: ServerRig;

beforeEach(async () => {
  rig = await serverRig();
});

afterEach(() => rig.close());

async function startFromNothing(): Promise<void> {
  await rig.close();
  rig = await serverRig({ from: "nothing" });
}

async function connect({ socketFolder, ...rest }: DatabaseAddress): Promise<pg.Client> {
  const client = new pg.Client({ ...rest, host: socketFolder });
  await client.connect();
  return client;
}

test("the launcher's role runs no program, reads no file, becomes nobody else and owns nothing", async () => {
  const client = await connect(await rig.open().ensure());
  const forbidden = [
    "COPY (SELECT 1) TO PROGRAM 'cat'",
    "CREATE TEMPORARY TABLE t (x text); COPY t FROM PROGRAM 'id'",
    "COPY (SELECT 1) TO '/tmp/launch-db-test-copy'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT lo_import('/etc/passwd')",
    "SET ROLE postgres",
    "ALTER ROLE launch SUPERUSER",
    "CREATE ROLE other SUPERUSER",
    "GRANT pg_execute_server_program TO launch",
    "DROP DATABASE launch",
    "CREATE DATABASE other",
    "CREATE SCHEMA other",
    "CREATE TABLE public.other (x int)",
    "ALTER SYSTEM SET fsync = off",
    "CREATE LANGUAGE plpython3u",
  ];
  const allowed: string[] = [];
  for (const statement of forbidden) {
    await client.query(statement).then(
      () => allowed.push(statement),
      (error: pg.DatabaseError) =>
        expect([statement, error.code]).toEqual([
          statement,
          expect.stringMatching(/^(42501|55006|0LP01|58P01|0A000)$/),
        ]),
    );
  }
  await client.end();
  expect(allowed).toEqual([]);
});

test("init and migrations get a superuser, and both see the same settings that survive a crash", async () => {
  const client = await connect(await rig.open().ensureForMigration());
  const { rows } = await client.query(`
    SELECT usesuper, current_setting('fsync') AS fsync, current_setting('full_page_writes') AS pages,
      current_setting('data_checksums') AS checksums, current_setting('listen_addresses') AS tcp
    FROM pg_user WHERE usename = current_user`);
  await client.end();
  expect(rows).toEqual([{ usesuper: true, fsync: "on", pages: "on", checksums: "on", tcp: "" }]);
});

test.runIf(isRoot)(
  "root's server runs as another user, and strangers cannot reach its socket or data",
  async () => {
    const { socketFolder } = await rig.open().ensure();
    const [pid] = rig.postmasters();
    const owner = statSync(`/proc/${pid}`).uid;
    expect(owner).not.toBe(0);
    for (const folder of [socketFolder, (await rig.open().status()).dataFolder ?? ""]) {
      expect(statSync(folder)).toMatchObject({ uid: owner, mode: 0o40700 });
      const seen = spawnSync("ls", [folder], { uid: nobody, gid: nobody, encoding: "utf8" });
      expect([seen.status, seen.stdout]).toEqual([2, ""]);
    }
  },
);

test.runIf(isRoot)("a uid without account serves when the machine has no account for databases", async () => {
  await startFromNothing();
  const options = rig.options();
  const user = { uid: 59_731, gid: 59_731, dropTo: { uid: 59_731, gid: 59_731 }, isNamed: false };
  const layout = stateLayout(rig.state);
  const outcome = await startServer({ options, layout, user, onProgress: () => {} });
  expect(outcome.kind).toBe("started");
  const [pid] = rig.postmasters();
  expect(statSync(`/proc/${pid}`).uid).toBe(59_731);
  // From now on the owner of the data tells everybody who the server is.
  const client = await connect(await rig.open().ensure());
  await client.end();
});

test.runIf(isRoot)("a normal user's server is that user's own", async () => {
  await startFromNothing();
  const [engine] = findEngines(rig.options({ engine: "embedded" }), stateLayout(rig.state));
  if (engine?.kind !== "package") throw new Error("no embedded package here");
  // Copied beforehand: the clone may lie where that user cannot read it.
  mkdirSync(join(rig.state, "engine"), { recursive: true });
  await copyEngine(engine.folder, join(rig.state, "engine", engine.version));
  chownSync(rig.state, nobody, nobody);
  const resolveFrom = "/nonexistent/index.js";
  const [answer] = await rig.clients(1, { uid: nobody, gid: nobody, resolveFrom, engine: "embedded" });
  expect(answer).toMatchObject({ ok: true, user: "launch" });
  const [pid] = rig.postmasters();
  expect(statSync(`/proc/${pid}`).uid).toBe(nobody);
  expect(readdirSync(rig.state).sort()).toEqual(["db", "engine"]);
});
