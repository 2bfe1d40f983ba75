import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { systemClock } from "../../../lib/adapters/clock/system-clock.ts";
import { openDatabaseServer } from "../../../lib/adapters/embedded-postgres/open-database-server.ts";
import type { DatabaseServerOptions } from "../../../lib/adapters/embedded-postgres/server/server-options.ts";
import { stateLayout } from "../../../lib/adapters/embedded-postgres/server/state-layout.ts";
import { createProcessEvidence } from "../../../lib/adapters/process-table/process-evidence.ts";
import { createProcessTable } from "../../../lib/adapters/process-table/process-table.ts";
import type { DatabaseServer } from "../../../lib/ports/database-server.ts";
import { eventually } from "../eventually.ts";
import { signal } from "../processes/signal.ts";

const keeperScript = fileURLToPath(
  new URL("../../../dist/lib/adapters/embedded-postgres/keeper.js", import.meta.url),
);
const clientScript = fileURLToPath(new URL("../../fixtures/database/client.mjs", import.meta.url));

/** A state folder of one test with everything that was started in it. */
export interface ServerRig {
  readonly state: string;
  options(more?: Partial<DatabaseServerOptions>): DatabaseServerOptions;
  open(more?: Partial<DatabaseServerOptions>): DatabaseServer;
  /** Starts processes that need the database, lets them begin at the same moment and gives back their answers. */
  clients(count: number, wanted?: object): Promise<readonly ClientAnswer[]>;
  /** One such process, loaded and waiting for `begin`. */
  client(wanted?: object): Promise<WaitingClient>;
  readonly postmasters: () => readonly number[];
  readonly keepers: () => readonly number[];
  /** Stops and kills what is left and removes the folder. */
  close(): Promise<void>;
}

export interface ClientAnswer {
  readonly ok: boolean;
  readonly code?: string;
  readonly message?: string;
  readonly started?: string;
  readonly user?: string;
  readonly rounds?: number;
}

interface WaitingClient {
  readonly process: ChildProcess;
  readonly begin: () => Promise<ClientAnswer>;
}

export interface RigWish {
  /** A folder of this name lies between the rig's own and the state folder. */
  readonly inside?: string;
  /** A finished, stopped cluster (default) saves the second or two that making one takes. */
  readonly from?: "nothing" | "stopped cluster";
}

/** Makes a rig in a new folder below /tmp. */
export async function serverRig({ inside = "", from = "stopped cluster" }: RigWish = {}): Promise<ServerRig> {
  const root = mkdtempSync("/tmp/launch-db-test-");
  chmodSync(root, 0o755);
  const rig = rigIn(root, inside);
  if (from === "stopped cluster") await copyTemplate(rig.state);
  return rig;
}

let template: Promise<ServerRig> | undefined;

// Made once a test file; removed after its last test.
async function copyTemplate(state: string): Promise<void> {
  template ??= makeTemplate();
  const { state: source } = await template;
  mkdirSync(state, { mode: 0o700 });
  // Binaries by hard link, data by copy.
  run("cp", ["-al", join(source, "engine"), state]);
  run("cp", ["-a", join(source, "db"), state]);
}

async function makeTemplate(): Promise<ServerRig> {
  const rig = await serverRig({ from: "nothing" });
  const server = rig.open();
  await server.ensure();
  await server.stop();
  rmSync(stateLayout(rig.state).log);
  return rig;
}

afterAll(async () => {
  await (await template)?.close();
});

function run(file: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(file, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${file} ${args.join(" ")}: ${stderr}`);
}

function rigIn(root: string, inside: string): ServerRig {
  const state = join(root, inside, "state");
  const children = new Set<ChildProcess>();
  const open = (more: Partial<DatabaseServerOptions> = {}) => openDatabaseServer(options(more));
  const options = (more: Partial<DatabaseServerOptions> = {}): DatabaseServerOptions => ({
    stateFolder: state,
    engine: "auto",
    resolveFrom: import.meta.url,
    searchPath: process.env["PATH"],
    processes: createProcessTable(),
    evidence: createProcessEvidence(),
    clock: systemClock,
    keeperScript,
    ...more,
  });
  const client = async (wanted: object = {}) => {
    const waiting = await startClient({ stateFolder: state, ...wanted });
    children.add(waiting.process);
    return waiting;
  };
  return {
    state,
    options,
    open,
    client,
    async clients(count, wanted) {
      const waiting = await Promise.all(Array.from({ length: count }, () => client(wanted)));
      return Promise.all(waiting.map(({ begin }) => begin()));
    },
    postmasters: () => {
      const servers = commandsWith(`${state}/db/pg`).filter(
        ({ text }) => /bin\/postgres -D/.test(text) && !/^\S*flock /.test(text),
      );
      // A connection's process has the command line of its postmaster until it writes its own.
      return servers.map(({ pid }) => pid).filter((pid, _, all) => !all.includes(parentOf(pid)));
    },
    keepers: () =>
      commandsWith(`${state}/db/`)
        .filter(({ text }) => text.includes("keeper.js"))
        .map(({ pid }) => pid),
    async close() {
      for (const child of children) child.kill("SIGKILL");
      await open()
        .stop()
        .catch(() => {});
      for (const { pid } of commandsWith(root)) tryKill(pid);
      await eventually(
        () => commandsWith(root).length,
        (count) => count === 0,
      );
      const { socketFolder } = open().address();
      rmSync(root, { recursive: true, force: true });
      if (!socketFolder.startsWith(root)) rmSync(socketFolder, { recursive: true, force: true });
    },
  };
}

async function startClient(wanted: object): Promise<WaitingClient> {
  if (!existsSync(keeperScript)) throw new Error("dist/ is missing: run `npm run build` first");
  const child = spawn(process.execPath, [clientScript, JSON.stringify(wanted)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  return {
    process: child,
    async begin() {
      const closed = once(child, "close");
      child.stdin.write("go\n");
      const { value } = await lines.next();
      await closed;
      return value === undefined
        ? { ok: false, message: "ended early" }
        : (JSON.parse(value) as ClientAnswer);
    },
  };
}

function commandsWith(text: string): readonly { pid: number; text: string }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((name) => ({ pid: Number(name), text: commandOf(name) }))
    .filter((command) => command.text.includes(text));
}

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return 0;
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

function tryKill(pid: number): void {
  try {
    signal(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}
