import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { eventually } from "../eventually.ts";
import type { Cluster } from "./postgres-cluster.ts";

/** Debian's pgbouncer in front of a cluster. */
export interface Pooler {
  /** How a role reaches a database through it. */
  url(database: string, user: "postgres" | "launch"): string;
  /** What it wrote into its log. */
  log(): string;
  stop(): Promise<void>;
}

const nobody = 65_534;
const owner = process.getuid?.() === 0 ? nobody : undefined;

/** Whether the program is here. */
export const hasPgbouncer = spawnSync("pgbouncer", ["--version"]).status === 0;

/** Starts one with fewer connections to the server than clients want, so that each is shared. */
export async function startPooler(
  cluster: Cluster,
  folder: string,
  mode: "transaction" | "session" | "statement",
): Promise<Pooler> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const port = await freePort();
  const [config, users, log] = ["pgbouncer.ini", "users.txt", "pgbouncer.log"].map((name) =>
    join(folder, name),
  );
  if (config === undefined || users === undefined || log === undefined) throw new Error("no names");
  const accounts = (["postgres", "launch"] as const).map((user) => `"${user}" "${cluster.password}"`);
  writeFileSync(users, `${accounts.join("\n")}\n`);
  writeFileSync(config, settings({ cluster, port, mode, users, log }));
  if (owner !== undefined)
    for (const path of [folder, config, users]) {
      chownSync(path, owner, owner);
      chmodSync(path, path === folder ? 0o700 : 0o600);
    }
  const identity = owner === undefined ? {} : { uid: owner, gid: owner };
  const child = spawn("pgbouncer", [config], { ...identity, cwd: "/", stdio: "ignore" });
  const gone = once(child, "exit");
  await eventually(
    () => answers(port),
    (isUp) => isUp,
  );
  return {
    url: (database, user) => `postgresql://${user}:${cluster.password}@127.0.0.1:${port}/${database}`,
    log: () => readFileSync(log, "utf8"),
    async stop() {
      child.kill("SIGTERM");
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function settings(of: {
  readonly cluster: Cluster;
  readonly port: number;
  readonly mode: string;
  readonly users: string;
  readonly log: string;
}): string {
  // In session mode each connection of a launcher needs one of the server.
  const size = of.mode === "session" ? 40 : 3;
  return `[databases]
* = host=127.0.0.1 port=${of.cluster.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${of.port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${of.users}
logfile = ${of.log}
pool_mode = ${of.mode}
default_pool_size = ${size}
max_client_conn = 300
`;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}
