import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  keeperLock,
  serveApplication,
  serverNames,
  sessionLock,
} from "../../../lib/adapters/embedded-postgres/server/server-names.ts";
import { stateLayout } from "../../../lib/adapters/embedded-postgres/server/state-layout.ts";
import { type ServerRig, serverRig } from "../../support/database/embedded-server.ts";
import { eventually } from "../../support/eventually.ts";
import { signal } from "../../support/processes/signal.ts";

const rounds = process.env["LAUNCH_TEST_SIZE"] === "full" ? 100 : 12;
let rig: ServerRig;

beforeEach(async () => {
  rig = await serverRig();
});

afterEach(() => rig.close());

function startsInLog(): number {
  const log = readFileSync(stateLayout(rig.state).log, "utf8");
  return log.split("ready to accept connections").length - 1;
}

async function connect(change: Partial<pg.ClientConfig> = {}): Promise<pg.Client> {
  const { socketFolder, ...rest } = rig.open().address();
  const client = new pg.Client({ ...rest, host: socketFolder, ...change });
  client.on("error", () => {});
  await client.connect();
  return client;
}

async function untilItAnswers(change: Partial<pg.ClientConfig>): Promise<pg.Client> {
  for (;;) {
    const client = await connect(change).catch(() => undefined);
    if (client !== undefined) return client;
  }
}

test("the server stops when nobody has used it for the idle time, and stays while a client is connected", async () => {
  await rig.open({ idleMs: 400 }).ensure();
  const client = await connect();
  await client.query("SELECT pg_advisory_lock_shared($1)", [sessionLock]);
  // Twice the idle time, told by the server's own clock.
  await client.query("SELECT pg_sleep(0.8)");
  expect(rig.postmasters()).toHaveLength(1);
  await client.end();
  await eventually(rig.postmasters, (pids) => pids.length === 0);
  await eventually(rig.keepers, (pids) => pids.length === 0);
  expect((await rig.open().status()).kind).toBe("stopped");
});

test("clients that come and go while the server keeps stopping never see an error", async () => {
  const answers = await rig.clients(2, { idleMs: 100, rounds, pauseMs: 1200 });
  expect(answers).toEqual([
    expect.objectContaining({ ok: true, rounds }),
    expect.objectContaining({ ok: true, rounds }),
  ]);
  expect(startsInLog()).toBeGreaterThan(2);
});

test("SIGUSR1, by which Node opens a debugger on loopback, opens none in the keeper", async () => {
  await rig.open().ensure();
  const client = await connect();
  const [keeper = -1] = await eventually(rig.keepers, (pids) => pids.length === 1);
  // It listens to signals by the time it is a client.
  await eventually(
    () => client.query("SELECT 1 FROM pg_stat_activity WHERE application_name = 'launch-keeper'"),
    ({ rowCount }) => rowCount === 1,
  );
  signal(keeper, "SIGUSR1");
  // Time enough for a debugger, told by the server's own clock.
  await client.query("SELECT pg_sleep(0.5)");
  await client.end();
  expect(rig.keepers()).toEqual([keeper]);
  expect(listening(keeper)).toEqual([]);
});

function listening(pid: number): readonly string[] {
  const links = readdirSync(`/proc/${pid}/fd`).map((number) => readlinkSync(`/proc/${pid}/fd/${number}`));
  return readFileSync(`/proc/${pid}/net/tcp`, "latin1")
    .split("\n")
    .filter((line) => / 0A /.test(line) && links.includes(`socket:[${line.trim().split(/\s+/)[9]}]`));
}

test("server and keeper outlive the terminal of whoever started them", async () => {
  const client = fileURLToPath(new URL("../../fixtures/database/client.mjs", import.meta.url));
  const wanted = JSON.stringify({ stateFolder: rig.state, rounds: 10_000, pauseMs: 500 });
  const command = `exec '${process.execPath}' '${client}' '${wanted}'`;
  const terminal = spawn("script", ["-qec", command, "/dev/null"], { stdio: ["pipe", "pipe", "ignore"] });
  await once(terminal.stdout, "data");
  terminal.stdin.write("go\n");
  await eventually(rig.keepers, (pids) => pids.length === 1, 30_000);
  // One that is killed with whoever starts it, before it has its lock, is replaced by the next command.
  const watcher = await eventually(
    () => connect().catch(() => undefined),
    (client) => client !== undefined,
  );
  await eventually(
    () =>
      watcher?.query("SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = $1", [
        keeperLock % 2 ** 32,
      ]),
    (held) => held?.rowCount === 1,
  );
  await watcher?.end();
  const closed = once(terminal, "close");
  terminal.kill("SIGKILL");
  await closed;
  const { pid } = await rig.open().status();
  expect(rig.postmasters()).toEqual([pid]);
  expect(rig.keepers()).toHaveLength(1);
  const answers = await rig.clients(1);
  expect(answers[0]?.ok).toBe(true);
  expect(rig.postmasters()).toEqual([pid]);
});

test("a foreground server takes over, is not stopped when idle, is alone, and ends with its signal", async () => {
  await rig.open({ idleMs: 60_000 }).ensure();
  const [onDemand] = rig.postmasters();
  const end = new AbortController();
  const serving = rig.open().serve(end.signal, () => {});
  await eventually(rig.postmasters, (pids) => pids.length === 1 && pids[0] !== onDemand);
  await rig.open({ idleMs: 50 }).ensure();
  await eventually(rig.keepers, (pids) => pids.length === 0);
  const client = await connect();
  await eventually(
    async () => (await client.query("SELECT FROM pg_locks WHERE locktype = 'advisory'")).rowCount,
    (count) => count === 1,
  );
  await expect(rig.open().serve(new AbortController().signal, () => {})).rejects.toMatchObject({
    code: "LAUNCH_IN_USE",
  });
  await client.end();
  end.abort();
  await serving;
  expect(rig.postmasters()).toEqual([]);
});

test("a foreground server is not given up to a keeper that comes between its start and its lock", async () => {
  const end = new AbortController();
  let serving = Promise.resolve();
  const ready = new Promise<void>((resolve, reject) => {
    serving = rig.open().serve(end.signal, resolve);
    serving.catch(reject);
  });
  // As a keeper does that was started for the server before, and is late: it is nearly always faster here.
  const late = await untilItAnswers({ user: serverNames.keeper });
  const isGone = new Promise<void>((resolve) => late.once("end", resolve));
  const { taken } = await late
    .query("SELECT pg_try_advisory_lock($1) AS taken", [keeperLock])
    .then(({ rows }) => rows[0] as { readonly taken: boolean })
    .catch(() => ({ taken: true }));
  if (!taken) await late.end();
  await Promise.all([ready, isGone]);
  const client = await connect();
  const text =
    "SELECT a.application_name AS name FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE locktype = 'advisory'";
  expect((await client.query(text)).rows).toEqual([{ name: serveApplication }]);
  await client.end();
  end.abort();
  await serving;
});

test("a foreground server that dies says so with the last lines of its log", async () => {
  const serving = rig.open().serve(new AbortController().signal, () => {});
  const outcome = serving.catch((error: unknown) => error);
  await eventually(
    () => rig.open().status(),
    ({ kind }) => kind === "running",
  );
  await rig.open().ensure();
  const client = await connect();
  await eventually(
    async () => (await client.query("SELECT FROM pg_locks WHERE locktype = 'advisory'")).rowCount,
    (count) => count === 1,
  );
  for (const pid of rig.postmasters()) signal(pid, "SIGQUIT");
  expect(await outcome).toMatchObject({
    code: "LAUNCH_STORE_UNREACHABLE",
    message: expect.stringContaining("immediate shutdown"),
  });
});
