import { createHash } from "node:crypto";
import pg from "pg";
import { ConfigError } from "../../errors.ts";
import { borrowerOf } from "./pool-turns.ts";
import { inSchema, type Row, type Session, type Statement } from "./sql/session.ts";
import { type DatabaseName, decodeError, isClientBroken, isServerGone } from "./store-errors.ts";

export interface ConnectionOptions {
  /** Where the database is; asked again whenever the server went away, which is what starts an embedded one. */
  readonly connection: () => Promise<pg.ClientConfig>;
  /** Where it seems to be already; undefined where nothing is known. What cannot be reached there is asked for as above. */
  readonly guess?: (() => Guess | undefined) | undefined;
  /** Held in shared mode by every connection from before its first statement, so that an idle server knows it is in use. */
  readonly sessionLock?: number | undefined;
  readonly schema?: string | undefined;
  /** How many connections at most (default 4). */
  readonly poolSize?: number | undefined;
  /** How long a statement waits for a connection that is lent before another one is made (default 50 ms). */
  readonly othersAfterMs?: number | undefined;
  /** How long connecting may take, waiting for a free connection included (default 5 s). */
  readonly connectTimeoutMs?: number | undefined;
  /** How long one statement may take (default 5 s). */
  readonly queryTimeoutMs?: number | undefined;
}

/** A place that is tried before anybody has made sure of it. */
export interface Guess {
  readonly config: pg.ClientConfig;
  /** One more column of the first statement, which takes the lock of the session. */
  readonly question: string;
  hear(answer: Row): void;
}

/** Connections to one database, opened when first needed and again after the server went away. */
export interface Connections {
  readonly session: Session;
  /** Runs the work in one transaction; a rejection rolls back. Between two statements at most `idleMs` may pass (default 10 s). */
  transaction<T>(work: (session: Session) => Promise<T>, idleMs?: number): Promise<T>;
  /** Rejects when a pooler gives each statement another connection; `backend` is the process of the server that answered one. */
  requireTransactions(backend: number): Promise<void>;
  close(): Promise<void>;
}

interface Slot {
  readonly pool: pg.Pool;
  readonly name: DatabaseName;
  readonly isGuess: boolean;
  readonly borrow: () => Promise<pg.PoolClient>;
}

/** Opens nothing yet: the first statement does. */
export function openConnections(options: ConnectionOptions): Connections {
  /** Whom each connection was told that it talks to; a pooler answers that for itself. */
  const peers = new Set<number>();
  const lender = createLender(options, peers);
  const schema = options.schema ?? "launch";
  const queryTimeoutMs = options.queryTimeoutMs ?? 5_000;
  /** Behind a pooler each statement may come to another connection, which does not know what was planned on the one before. */
  let areNamesKept = true;

  async function query(statement: Statement): Promise<readonly Row[]> {
    for (let attempt = 0; ; attempt += 1) {
      const loan = await lender.lend();
      const isNamed = areNamesKept && statement.isPlannedOnce === true;
      try {
        const rows = await send(loan.client, statement, { schema, isNamed });
        loan.giveBack();
        return rows;
      } catch (error) {
        loan.giveBack(error);
        if (isNamed && isNameLost(error)) {
          areNamesKept = false;
          continue;
        }
        const mayRepeat = statement.isRepeatable === true && attempt === 0 && isServerGone(error);
        if (!mayRepeat) throw decodeError(error, loan.name);
      }
    }
  }

  async function transaction<T>(work: (session: Session) => Promise<T>, idleMs = 10_000): Promise<T> {
    const loan = await lender.lend();
    const session: Session = {
      query: (statement) =>
        send(loan.client, statement, { schema, isNamed: false }).catch((error: unknown) => {
          throw decodeError(error, loan.name);
        }),
    };
    try {
      // A launcher that freezes inside a transaction must not keep its row locks: the server ends the transaction instead.
      await loan.client.query(
        `begin; set local idle_in_transaction_session_timeout = ${idleMs}; set local lock_timeout = ${queryTimeoutMs}`,
      );
      const result = await work(session);
      await loan.client.query("commit");
      loan.giveBack();
      return result;
    } catch (error) {
      const isRolledBack = await loan.client.query("rollback").then(
        () => true,
        () => false,
      );
      loan.giveBack(isRolledBack ? undefined : new Error("Connection terminated unexpectedly"));
      throw isPostgresError(error) ? decodeError(error, loan.name) : error;
    }
  }

  const requireTransactions = async (backend: number): Promise<void> => {
    if (!peers.has(backend)) await transaction(() => Promise.resolve());
  };
  return { session: { query }, transaction, requireTransactions, close: () => lender.close() };
}

/** Gives the name that errors may show for a configuration, whatever form it has; throws for a URL that is none, without repeating it. */
export function databaseNameOf(config: pg.ClientConfig): DatabaseName {
  const { host, port, database } = parsed(config);
  return { host: host.startsWith("/") ? host : `${host}:${port}`, database: database ?? "" };
}

// The error of a malformed URL carries the whole URL, password included, so it goes no further.
function parsed(config: pg.ClientConfig): pg.Client {
  try {
    return new pg.Client(config);
  } catch {
    throw new ConfigError("LAUNCH_CONFIG_INVALID", "The database URL cannot be read.", {
      hint: "Write it as postgresql://user:password@host:5432/database, with special characters percent-encoded.",
    });
  }
}

interface Loan {
  readonly client: pg.PoolClient;
  readonly name: DatabaseName;
  giveBack(error?: unknown): void;
}

function createLender(
  options: ConnectionOptions,
  peers: Set<number>,
): { lend(): Promise<Loan>; close(): Promise<void> } {
  let opening: Promise<Slot> | undefined;
  let guess = options.guess;
  const retired = new Set<Promise<void>>();

  async function lend(): Promise<Loan> {
    for (let attempt = 0; ; attempt += 1) {
      opening ??= openSlot(options, peers, guess?.());
      guess = undefined;
      const mine = opening;
      const slot = await mine.catch((error: unknown) => {
        forget(mine);
        throw error;
      });
      try {
        const client = await slot.borrow();
        return { client, name: slot.name, giveBack: (error) => takeBack(client, mine, error) };
      } catch (error) {
        // Nothing was sent yet, so trying again is safe for every statement.
        if (attempt === 2 || !(slot.isGuess || isServerGone(error))) throw decodeError(error, slot.name);
        forget(mine);
      }
    }
  }

  function takeBack(client: pg.PoolClient, slot: Promise<Slot>, error: unknown): void {
    client.release(error !== undefined && isClientBroken(error));
    if (error !== undefined && isServerGone(error)) forget(slot);
  }

  // The next loan opens a new pool; whoever still holds a client of the old one gives it back to the old one.
  function forget(slot: Promise<Slot>): void {
    if (opening !== slot) return;
    opening = undefined;
    const ending = slot.then(({ pool }) => pool.end()).catch(() => undefined);
    retired.add(ending);
    void ending.finally(() => retired.delete(ending));
  }

  async function close(): Promise<void> {
    if (opening !== undefined) forget(opening);
    await Promise.all(retired);
  }

  return { lend, close };
}

async function openSlot(
  options: ConnectionOptions,
  peers: Set<number>,
  guess: Guess | undefined,
): Promise<Slot> {
  const config = guess?.config ?? (await options.connection());
  const name = databaseNameOf(config);
  const most = options.poolSize ?? 4;
  let question = guess?.question;
  const greet = async (client: pg.ClientBase): Promise<void> => {
    const { sessionLock } = options;
    if (sessionLock === undefined) return;
    const also = question === undefined ? "" : `, ${question}`;
    question = undefined;
    const { rows } = await client.query<Row>(`select pg_advisory_lock_shared($1)${also}`, [sessionLock]);
    if (also !== "" && rows[0] !== undefined) guess?.hear(rows[0]);
  };
  const pool = new pg.Pool({
    ...config,
    max: most,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5_000,
    query_timeout: options.queryTimeoutMs ?? 5_000,
    keepAlive: true,
    application_name: "launch",
    // The pool waits for the promise before it lends the client, which its types do not say.
    // oxlint-disable-next-line typescript/no-misused-promises
    onConnect: greet,
  });
  // An idle connection that breaks is dropped by the pool; the next statement meets the trouble and handles it.
  pool.on("error", () => undefined);
  // One that is lent but has nothing to send would otherwise end the whole launcher with its error.
  pool.on("connect", (client) => {
    client.on("error", () => undefined);
    peers.add((client as unknown as { readonly processID: number }).processID);
  });
  return {
    pool,
    name,
    isGuess: guess !== undefined,
    borrow: borrowerOf(pool, { most, othersAfterMs: options.othersAfterMs ?? 50 }),
  };
}

async function send(
  client: pg.PoolClient,
  statement: Statement,
  { schema, isNamed }: { readonly schema: string; readonly isNamed: boolean },
): Promise<readonly Row[]> {
  const text = inSchema(statement.text, schema);
  const asked = { text, values: [...(statement.values ?? [])] };
  const result = await client.query<Record<string, unknown>>(
    isNamed ? { ...asked, name: nameOf(text) } : asked,
  );
  return result.rows;
}

// By the text: a launcher of another version, behind the same pooler, means something else by the same word.
function nameOf(text: string): string {
  return `launch-${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
}

// The statement was not known there, or was known already: it was not carried out in either case.
function isNameLost(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === "26000" || error.code === "42P05");
}

function isPostgresError(error: unknown): boolean {
  return error instanceof pg.DatabaseError || isClientBroken(error);
}
