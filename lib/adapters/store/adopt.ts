// The seed kept `network_proxies` and `account_proxy_assignments` in `public`. Adopting copies them into our schema under
// the same uuids and leaves the originals alone; its credentials stay sealed as they are, under an unknown key and without
// a fingerprint, until they are next sealed.
import { InternalError, UsageError } from "../../errors.ts";
import { type ConnectionOptions, openConnections } from "./connections.ts";
import {
  readSeedAssignment,
  readSeedProxy,
  type SeedAssignment,
  type SeedProxy,
  seedUuid,
} from "./seed-rows.ts";
import { numberAt, rowAt } from "./sql/decode.ts";
import { quoteIdentifier, type Row, type Session } from "./sql/session.ts";

export interface AdoptReport {
  readonly accounts: AdoptCount;
  readonly proxies: AdoptCount;
  readonly assignments: AdoptCount;
}

export interface AdoptCount {
  /** Rows of the seed. */
  readonly found: number;
  /** Rows copied now; the others were here already. */
  readonly added: number;
}

/** Copies the seed's tables from another schema of the same database: all rows, or none. Adopting again adds only what is new. */
export async function adoptSeed(options: ConnectionOptions, fromSchema: string): Promise<AdoptReport> {
  if (fromSchema === (options.schema ?? "launch")) {
    throw new UsageError(
      "LAUNCH_INVALID_VALUE",
      `Schema "${fromSchema}" is Slipway's own; give the schema of the earlier program.`,
    );
  }
  const connections = openConnections(options);
  try {
    return await connections.transaction((session) => adoptAll(session, fromSchema));
  } finally {
    await connections.close();
  }
}

async function adoptAll(session: Session, fromSchema: string): Promise<AdoptReport> {
  await session.query({ text: "set transaction isolation level repeatable read" });
  const proxies = await readSeedTable(session, fromSchema, "network_proxies", readSeedProxy);
  const assignments = await readSeedTable(
    session,
    fromSchema,
    "account_proxy_assignments",
    readSeedAssignment,
  );
  const names = [...new Set(assignments.map(({ accountName }) => accountName))];
  return {
    accounts: { found: names.length, added: await adoptAccounts(session, names) },
    proxies: { found: proxies.length, added: await adoptProxies(session, proxies) },
    assignments: { found: assignments.length, added: await adoptAssignments(session, assignments) },
  };
}

async function readSeedTable<T extends object>(
  session: Session,
  schema: string,
  table: string,
  read: (row: Row) => T | string,
): Promise<readonly T[]> {
  const name = `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
  const [known] = await session.query({
    text: "select to_regclass($1) is not null as is_there",
    values: [name],
  });
  if (known?.["is_there"] !== true) {
    throw new UsageError("LAUNCH_INVALID_VALUE", `Schema "${schema}" has no table ${table} to adopt.`, {
      hint: "Give the schema of the earlier program's tables: `launch db adopt --from-schema public`.",
    });
  }
  const rows = await session.query({ text: `select to_jsonb(t) as row from ${name} t` });
  const outcomes = rows.map((row) => read(rowAt(row, "row")));
  const troubles = outcomes.filter((outcome) => typeof outcome === "string");
  if (troubles.length > 0) {
    throw new UsageError(
      "LAUNCH_IMPORT_REJECTED",
      `Nothing was adopted: ${troubles.slice(0, 10).join("; ")}.`,
      {
        hint: "Correct these rows in the earlier program's tables, then run the command again.",
      },
    );
  }
  return outcomes.flatMap((outcome) => (typeof outcome === "string" ? [] : [outcome]));
}

async function adoptAccounts(session: Session, names: readonly string[]): Promise<number> {
  const ids = names.map((name) => seedUuid("accounts", name));
  const rows = await session.query({
    text: `insert into launch.accounts (id, name) select * from unnest($1::uuid[], $2::text[])
      on conflict (name) do nothing returning id`,
    values: [ids, names],
  });
  await compare(session, "accounts", { text: "name = any ($1)", values: names });
  return rows.length;
}

async function adoptProxies(session: Session, proxies: readonly SeedProxy[]): Promise<number> {
  let added = 0;
  for (const proxy of proxies) {
    const rows = await session.query({
      text: `insert into launch.network_proxies
        (id, label, endpoint_url, auth_type, credentials_encrypted, credentials_key_id, credential_fp, metadata, is_active)
        values ($1, $2, $3, case when $4::text is null then 'none' else 'basic' end, $4,
                case when $4::text is not null then '' end, case when $4::text is not null then '' end, $5, $6)
        on conflict (id) do nothing returning id`,
      values: [
        proxy.id,
        proxy.label,
        proxy.endpointUrl,
        proxy.token,
        JSON.stringify(proxy.metadata),
        proxy.isActive,
      ],
    });
    added += rows.length;
  }
  await compare(session, "network_proxies", {
    text: "id = any ($1::uuid[])",
    values: proxies.map(({ id }) => id),
  });
  return added;
}

async function adoptAssignments(session: Session, assignments: readonly SeedAssignment[]): Promise<number> {
  let added = 0;
  for (const assignment of assignments) {
    const rows = await session.query({
      text: `insert into launch.account_proxy_assignments
        (id, account_id, proxy_id, priority, status, last_checked_at, cooldown_until)
        select $1, a.id, $3, $4, $5, $6, $7 from launch.accounts a where a.name = $2
        on conflict (account_id, proxy_id) do nothing returning id`,
      values: [
        assignment.id,
        assignment.accountName,
        assignment.proxyId,
        assignment.priority,
        assignment.status,
        assignment.lastCheckedAt,
        assignment.cooldownUntil,
      ],
    });
    added += rows.length;
  }
  const pairs = assignments.map(({ accountName, proxyId }) => `${accountName} ${proxyId}`);
  await compare(session, "account_proxy_assignments t join launch.accounts a on a.id = t.account_id", {
    text: "a.name || ' ' || t.proxy_id = any ($1)",
    values: pairs,
  });
  return added;
}

// The proof that nothing was dropped on the way; a difference rolls everything back.
async function compare(
  session: Session,
  table: string,
  condition: { readonly text: string; readonly values: readonly string[] },
): Promise<void> {
  const wanted = [...new Set(condition.values)];
  const [row] = await session.query({
    text: `select count(*) as count from launch.${table} where ${condition.text}`,
    values: [wanted],
  });
  const count = numberAt(row ?? {}, "count");
  if (count === wanted.length) return;
  throw new InternalError(
    "adopt-count",
    `${wanted.length} rows of the earlier program became ${count} rows in ${table}`,
  );
}
