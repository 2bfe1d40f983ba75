import { createHash } from "node:crypto";
import { type AssignmentStatus, assignmentStatuses } from "../../domain/assignment.ts";
import { isName } from "../../domain/ids.ts";
import { formatEndpoint, parseHost, parsePort, parseScheme } from "../../domain/proxy/proxy-endpoint.ts";
import { isJsonObject, parseJson } from "../../domain/text/json-object.ts";
import type { Row } from "./sql/session.ts";

/** A row of the seed's `network_proxies` in our columns. */
export interface SeedProxy {
  readonly id: string;
  readonly label: string;
  readonly endpointUrl: string;
  readonly token: string | undefined;
  readonly metadata: Row;
  readonly isActive: boolean;
}

/** A row of the seed's `account_proxy_assignments` in our columns; the account is known by its name alone. */
export interface SeedAssignment {
  readonly id: string;
  readonly accountName: string;
  readonly proxyId: string;
  readonly priority: number;
  readonly status: AssignmentStatus;
  readonly lastCheckedAt: string | undefined;
  readonly cooldownUntil: string | undefined;
}

/** As an import has it. */
const mostPriority = 1_000_000;

/** Reads a proxy of the seed, whatever columns and types it has; a text says why it cannot be adopted. */
export function readSeedProxy(row: Row): SeedProxy | string {
  const key = textOf(row["id"] ?? row["proxy_id"]);
  if (key === undefined) return "network_proxies has a row without an id";
  const label = textOf(row["label"] ?? row["name"]) ?? `seed-${key.slice(0, 40)}`;
  const endpointUrl = readEndpoint(textOf(row["endpoint_url"]) ?? "");
  if (endpointUrl === undefined) {
    return `proxy "${label}": endpoint_url is not scheme://host:port without a user part`;
  }
  if (!isName(label)) return `proxy with id ${key}: its label is not valid here`;
  return {
    id: seedUuid("network_proxies", key),
    label,
    endpointUrl,
    token: readToken(row["credentials_encrypted"]),
    metadata: readMetadata(row["metadata"]),
    isActive: row["is_active"] !== false,
  };
}

/** Reads an assignment of the seed; a text says why it cannot be adopted. */
export function readSeedAssignment(row: Row): SeedAssignment | string {
  const [account, proxy] = [textOf(row["account_id"]), textOf(row["proxy_id"])];
  if (account === undefined || proxy === undefined) {
    return "account_proxy_assignments has a row without account_id or proxy_id";
  }
  if (!isName(account))
    return `an assignment of account_id ${JSON.stringify(account)}: that is not a valid name here`;
  const priority = Number(textOf(row["priority"]) ?? 100);
  return {
    id: seedUuid("account_proxy_assignments", textOf(row["id"]) ?? `${account} ${proxy}`),
    accountName: account,
    proxyId: seedUuid("network_proxies", proxy),
    priority: Number.isInteger(priority) && Math.abs(priority) <= mostPriority ? priority : 100,
    status: readStatus(row["status"]),
    lastCheckedAt: textOf(row["last_checked_at"]),
    cooldownUntil: textOf(row["cooldown_until"]),
  };
}

/** A uuid as it is; any other key becomes the same uuid at every adoption, so that adopting twice changes nothing. */
export function seedUuid(table: string, key: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(key)) return key.toLowerCase();
  const hex = createHash("sha256").update(`slipway seed ${table} ${key}`).digest("hex");
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  // Version 8: a uuid whose content is the maker's own (RFC 9562).
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

const defaultPorts = { http: 80, https: 443, socks5: 1080 } as const;

function readEndpoint(text: string): string | undefined {
  const parts = /^(?:([A-Za-z0-9]+):\/\/)?([^@/?#]+?)(?::([0-9]+))?\/?$/.exec(text.trim());
  const scheme = parseScheme(parts?.[1] ?? "http");
  const host = parseHost(parts?.[2] ?? "");
  if (scheme === undefined || host === undefined) return undefined;
  const port = parts?.[3] === undefined ? defaultPorts[scheme] : parsePort(parts[3]);
  return port === undefined ? undefined : formatEndpoint({ scheme, host, port });
}

// bytea comes out of to_jsonb as \x and hex digits; the seed's Fernet tokens are ASCII either way.
function readToken(value: unknown): string | undefined {
  const text = textOf(value);
  if (text?.startsWith("\\x")) return Buffer.from(text.slice(2), "hex").toString("utf8") || undefined;
  return text;
}

function readMetadata(value: unknown): Row {
  if (typeof value === "string") {
    const said = parseJson(value);
    return said === undefined ? { note: value } : readMetadata(said);
  }
  return isJsonObject(value) ? value : {};
}

// Nothing of ours runs on an adopted row yet, so the seed's "active" stands by here.
function readStatus(value: unknown): AssignmentStatus {
  const text = textOf(value)?.toLowerCase();
  if (text === "inactive") return "disabled";
  return assignmentStatuses.find((status) => status === text && status !== "active") ?? "standby";
}
