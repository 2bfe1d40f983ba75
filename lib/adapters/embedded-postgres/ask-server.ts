import pg from "pg";
import { ConfigError, StoreError } from "../../errors.ts";
import type { DatabaseAddress } from "../../ports/database-server.ts";
import { keeperLock } from "./server/server-names.ts";

export type ServerAnswer =
  /** `isKept`: a keeper, or a foreground server, looks after it. */
  | { readonly kind: "ready"; readonly isKept: boolean }
  /** It starts, stops, is full or slow: ask again. */
  | { readonly kind: "busy"; readonly why: string }
  /** Nobody listens. */
  | { readonly kind: "absent" };

// 57P01 admin_shutdown, 57P02 crash_shutdown, 57P03 cannot_connect_now, 53300 too_many_connections.
const passingCodes = new Set([
  "57P01",
  "57P02",
  "57P03",
  "53300",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EAGAIN",
]);

/** Asks whether the server answers a query. Throws what asking again cannot change. */
export async function askServer(address: DatabaseAddress): Promise<ServerAnswer> {
  const client = new pg.Client(clientOptions(address, "launch-probe"));
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query<Row>(`select ${isKeptColumn}`);
    return { kind: "ready", isKept: isKept(rows[0] ?? {}) };
  } catch (error) {
    return judgeFailure(error, address);
  } finally {
    // Nobody waits for the server's goodbye.
    void client.end().catch(() => {});
  }
}

/** How `pg` connects to the server, every wait bounded. */
export function clientOptions(address: DatabaseAddress, applicationName: string): pg.ClientConfig {
  return {
    host: address.socketFolder,
    port: address.port,
    user: address.user,
    database: address.database,
    application_name: applicationName,
    ssl: false,
    connectionTimeoutMillis: 5000,
    query_timeout: 5000,
  };
}

type Row = Readonly<Record<string, unknown>>;

// pg_locks shows a bigint key as two 32-bit words. A keeper that was only just started may not hold its lock yet.
const [classid, objid] = [Math.floor(keeperLock / 2 ** 32), keeperLock % 2 ** 32];

/** Whether a row of `pg_locks` is the keeper's lock, held. */
export const isKeeperLock = `locktype = 'advisory' and classid = ${classid} and objid = ${objid} and objsubid = 1 and granted`;

/** Asks whether somebody keeps the server; a column of any statement. */
export const isKeptColumn = `now() - pg_postmaster_start_time() < interval '15 s'
  or exists (select from pg_locks where ${isKeeperLock}) as "isKept"`;

/** Reads the answer to that. */
export function isKept(answer: Row): boolean {
  return answer["isKept"] === true;
}

function judgeFailure(error: unknown, address: DatabaseAddress): ServerAnswer {
  const { code = "", message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ECONNREFUSED" || code === "ENOTDIR") return { kind: "absent" };
  if (passingCodes.has(code) || /terminated|timeout|timed out|not queryable/i.test(message)) {
    return { kind: "busy", why: message };
  }
  if (code === "EACCES" || code === "EPERM") {
    throw new ConfigError(
      "LAUNCH_STATE_UNUSABLE",
      `This user has no access to the socket folder ${address.socketFolder}.`,
      {
        cause: error,
        hint: "Run as the user that created it, or set LAUNCH_STATE_DIR to a folder of your own.",
      },
    );
  }
  throw new StoreError(
    "LAUNCH_STORE_UNREACHABLE",
    `The embedded database in ${address.socketFolder} answers with an error: ${message}.`,
    { cause: error, hint: "Run `launch db stop` and try again; `launch doctor` shows more." },
  );
}
