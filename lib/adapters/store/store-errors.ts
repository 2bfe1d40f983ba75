import { ConfigError, InternalError, LaunchError, StoreError, UsageError } from "../../errors.ts";

/** What errors say of the database: never a user's password. */
export interface DatabaseName {
  /** Host and port, or the socket's folder. */
  readonly host: string;
  readonly database: string;
}

/** Turns whatever `pg` rejected with into an error of the catalogue. */
export function decodeError(error: unknown, { host, database }: DatabaseName): LaunchError {
  if (error instanceof LaunchError) return error;
  const { code, message, constraint, detail } = failureOf(error);
  const where = `Database "${database}" at ${host}`;
  if (code === "23505") return taken(constraint, detail);
  if (code === "23503") return decodeMissing(constraint);
  if (code === "23514" || code.startsWith("22")) {
    return new UsageError("LAUNCH_INVALID_VALUE", `The database refuses a value: ${constraint ?? message}.`);
  }
  if (code === "42P01" || code === "3F000" || code === "42883" || code === "42703") {
    return new ConfigError(
      "LAUNCH_SCHEMA_OUTDATED",
      `${where} lacks something that this Slipway needs: ${message}.`,
      {
        hint: "Run `launch db migrate`.",
      },
    );
  }
  if (message.includes("statement pooling")) return pooledByStatement(where);
  if (isTrouble(error)) {
    return new StoreError("LAUNCH_STORE_UNREACHABLE", `${where} cannot be used: ${message}.`, {
      hint: hintFor(code, host),
    });
  }
  return new InternalError("store-query", `${where} refused a statement: ${code} ${message}`);
}

// The error of a pooler that gives each statement another connection.
function pooledByStatement(where: string): ConfigError {
  return new ConfigError(
    "LAUNCH_CONFIG_INVALID",
    `${where} is behind a pooler in statement mode, which allows no transactions; Slipway needs them.`,
    {
      hint: "Set pool_mode = transaction for this database in pgbouncer.ini, or let database.url name the server itself.",
    },
  );
}

/** Whether the server went away or has not come up, so that asking for the connection again may help. A hung server does not count. */
export function isServerGone(error: unknown): boolean {
  const { code, message } = failureOf(error);
  return goneCodes.has(code) || goneMessages.some((text) => message.includes(text));
}

/** Whether the client that failed can be used no more. */
export function isClientBroken(error: unknown): boolean {
  return isServerGone(error) || failureOf(error).message.includes("timeout");
}

const goneCodes: ReadonlySet<string> = new Set([
  "57P01",
  "57P02",
  "57P03",
  "08000",
  "08001",
  "08003",
  "08004",
  "08006",
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOENT",
  "EPIPE",
]);
const goneMessages = [
  "Connection terminated unexpectedly",
  "Connection ended unexpectedly",
  "is not queryable",
  "was closed",
  "Cannot use a pool after calling end",
];
const systemCodes = /^(E[A-Z]+|EAI_.*|08...|53...|57...|28...|3D000|25000|25006|25P0.|42501|40...|55P03)$/;

function isTrouble(error: unknown): boolean {
  const { code, message } = failureOf(error);
  return isServerGone(error) || systemCodes.test(code) || /timeout|Connection terminated|SSL/.test(message);
}

// Only code and message travel on: the detail of a PostgreSQL error may hold whole rows.
function failureOf(error: unknown): {
  readonly code: string;
  readonly message: string;
  readonly constraint: string | undefined;
  readonly detail: string | undefined;
} {
  const fields = typeof error === "object" && error !== null ? (error as Record<string, unknown>) : {};
  const inner = Array.isArray(fields["errors"]) ? failureOf(fields["errors"][0]) : undefined;
  const text = (name: string) => (typeof fields[name] === "string" ? fields[name] : undefined);
  return {
    code: text("code") ?? inner?.code ?? "",
    message: (text("message") || inner?.message || String(error)).replace(/\.$/, ""),
    constraint: text("constraint"),
    detail: text("detail"),
  };
}

function taken(constraint: string | undefined, detail: string | undefined): UsageError {
  const value = /\)=\((.*)\)/.exec(detail ?? "")?.[1] ?? "";
  const error = (message: string, hint: string) => new UsageError("LAUNCH_ALREADY_EXISTS", message, { hint });
  if (constraint === "accounts_name_key")
    return error(
      `An account named "${value}" exists already.`,
      `Choose another name (\`launch account ls\` lists those in use), or give this one a proxy with \`launch assign ${value} <label>\`.`,
    );
  if (constraint === "network_proxies_label_key")
    return error(
      `A proxy labelled "${value}" exists already.`,
      `Choose another label (\`launch proxy ls\` lists those in use), or change this one with \`launch proxy edit ${value}\`.`,
    );
  return error(
    `${constraint ?? "A unique value"} is taken already: ${value}.`,
    "Look with `launch proxy ls` and `launch account ls`, and choose another value.",
  );
}

function decodeMissing(constraint: string | undefined): LaunchError {
  if (constraint?.includes("account_id")) {
    return new UsageError("LAUNCH_UNKNOWN_ACCOUNT", "The account was removed meanwhile.");
  }
  return new UsageError("LAUNCH_UNKNOWN_PROXY", "The proxy was removed meanwhile.");
}

const unreachedCodes: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
]);

// The embedded server, on a socket in a folder, is started by the commands themselves.
function hintFor(code: string, host: string): string {
  if (code.startsWith("28")) return "Check the user and password of the database URL.";
  if (code === "3D000") return "Create the database, or correct its name in the database URL.";
  if (code === "42501") return "Run `launch db migrate` with a role that may grant access to this one.";
  if (code === "25000")
    return "Remove the setting default_transaction_isolation from the role and the database, or set it to read committed.";
  if (code === "25006")
    return "Use the primary server, or remove the setting default_transaction_read_only from the role and the database.";
  if (code === "53100") return "Free some space on the database's disk.";
  if (unreachedCodes.has(code) && !host.startsWith("/"))
    return "Start the database server, or correct host and port of its URL.";
  return "Run `launch doctor`.";
}
