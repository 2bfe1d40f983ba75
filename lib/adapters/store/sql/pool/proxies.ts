import type { CountryCode } from "../../../../domain/account.ts";
import type { KeyId, ProxyId } from "../../../../domain/ids.ts";
import type { SealedCredential } from "../../../../domain/proxy/credential.ts";
import type {
  AuthType,
  ExpectedIpSource,
  Proxy,
  ProxyMetadata,
  ProxyState,
} from "../../../../domain/proxy/proxy.ts";
import {
  formatEndpoint,
  type ProxyEndpoint,
  parseHost,
  parsePort,
  parseScheme,
} from "../../../../domain/proxy/proxy-endpoint.ts";
import type { Change } from "../../../../domain/verdict/change.ts";
import { InternalError } from "../../../../errors.ts";
import type { NewProxy, ProxyChange, ProxyStore } from "../../../../ports/store/proxy-store.ts";
import { asColumns, asJson, updateRow } from "../change.ts";
import {
  booleanAt,
  instantAt,
  ipAt,
  numberAt,
  optionalExitIpAt,
  optionalInstantAt,
  optionalTextAt,
  rowAt,
  textAt,
  timestamp,
} from "../decode.ts";
import { hasChanged, queryRows, type Row, readRows, type Session, send } from "../session.ts";
import { alike, lowered } from "./alike.ts";
import { healthStore } from "./health.ts";

/** Proxies, with what was seen of them. */
export function proxyStore(session: Session): ProxyStore {
  return {
    ...healthStore(session),
    create: (proxy) => createMany(session, [proxy]),
    createMany: (proxies) => createMany(session, proxies),
    find: async (label) => {
      const text = "select to_jsonb(p) as row from launch.network_proxies p where p.label = $1";
      return (await readRows(session, { text, values: [label] }, decodeProxy))[0];
    },
    list: () => {
      const text = `select to_jsonb(p) as row from launch.network_proxies p order by p.label collate "C"`;
      return readRows(session, { text }, decodeProxy);
    },
    labelsLike: (labels) => {
      const text = `select p.label from launch.network_proxies p where ${alike("p.label")} order by p.label collate "C"`;
      return queryRows(session, { text, values: [lowered(labels)] }, (row) => textAt(row, "label"));
    },
    update: (id, change) =>
      updateRow(session, { where: "network_proxies where id", id, alsoSet: growRevision }, columnsOf(change)),
    remove: (id) => send(session, "delete from launch.network_proxies where id = $1", [id]),
    replaceSealed: (id, from, { token, keyId, fingerprint }) =>
      hasChanged(session, replaceSealedText, [id, from, token, keyId, fingerprint]),
    warnOnce: (id, days) => hasChanged(session, warnText, [id, days]),
    lastExits: async (id) => {
      const text = `select p.id, p.last_exit_ip from launch.network_proxies p
        where p.last_exit_ip is not null and ($1::uuid is null or p.id = $1)`;
      const rows = await session.query({ text, values: [id], isRepeatable: true });
      return new Map(rows.map((row) => [textAt(row, "id") as ProxyId, ipAt(row, "last_exit_ip")]));
    },
    keyUse: async () => {
      const rows = await session.query({ text: keyUseText, isRepeatable: true });
      return new Map(rows.map((row) => [textAt(row, "key_id") as KeyId, numberAt(row, "rows")]));
    },
  };
}

const newColumns = `id, label, endpoint_url, auth_type, credentials_encrypted, credentials_key_id, credential_fp, metadata,
  is_active, expected_ip, expected_ip_source, country, provider, expires_at, ca`;

// One document a statement: a statement for each row would take a round trip each.
const createText = `insert into launch.network_proxies (${newColumns})
  select ${newColumns} from json_populate_recordset(null::launch.network_proxies, $1::json)`;

async function createMany(session: Session, proxies: readonly NewProxy[]): Promise<void> {
  if (proxies.length === 0) return;
  await session.query({ text: createText, values: [asJson(proxies.map(columnsOf))] });
}

const replaceSealedText = `update launch.network_proxies
  set credentials_encrypted = $3, credentials_key_id = $4, credential_fp = $5
  where id = $1 and credentials_encrypted = $2
  returning id`;

// Rows adopted from the seed, whose key is not known, are counted under the empty id.
const keyUseText = `select credentials_key_id as key_id, count(*) as rows
  from launch.network_proxies where credentials_key_id is not null
  group by credentials_key_id order by credentials_key_id`;

function columnsOf(change: ProxyChange): Row {
  const { endpoint, sealed, ...plain } = change;
  return {
    ...asColumns(plain),
    ...(endpoint && { endpoint_url: formatEndpoint(endpoint) }),
    ...("sealed" in change && {
      credentials_encrypted: sealed?.token,
      credentials_key_id: sealed?.keyId,
      credential_fp: sealed?.fingerprint,
    }),
    // Another end is warned of anew.
    ...("expiresAt" in change && { warned_days: null }),
  };
}

const warnText = `update launch.network_proxies set warned_days = $2
  where id = $1 and (warned_days is null or warned_days > $2) returning id`;

// A running bot compares revisions. Two sealed forms of one credential differ at every sealing, so tokens are compared too
// only where the fingerprint cannot tell (rows of the seed have none).
const identityColumns = ["endpoint_url", "auth_type", "credential_fp", "ca", "expected_ip"];

/** Grows `revision` when a change alters who the proxy is. */
function growRevision(parameterOf: ReadonlyMap<string, string>): string {
  const differences = identityColumns
    .filter((column) => parameterOf.has(column))
    .map((column) => `${column} is distinct from ${parameterOf.get(column)}`);
  const token = parameterOf.get("credentials_encrypted");
  if (token !== undefined)
    differences.push(`(credential_fp = '' and credentials_encrypted is distinct from ${token})`);
  return differences.length === 0 ? "" : `, revision = revision + (${differences.join(" or ")})::integer`;
}

/** Reads a row of `network_proxies`. */
export function decodeProxy(row: Row): Proxy {
  return {
    id: textAt(row, "id") as ProxyId,
    label: textAt(row, "label"),
    endpoint: decodeEndpoint(textAt(row, "endpoint_url")),
    authType: textAt(row, "auth_type") as AuthType,
    sealed: decodeSealed(row),
    ca: optionalTextAt(row, "ca"),
    metadata: rowAt(row, "metadata") as ProxyMetadata,
    isActive: booleanAt(row, "is_active"),
    state: textAt(row, "state") as ProxyState,
    stateSince: instantAt(row, "state_since"),
    nextProbeAt: optionalInstantAt(row, "next_probe_at"),
    expectedIp: optionalExitIpAt(row, "expected_ip"),
    expectedIpSource: optionalTextAt(row, "expected_ip_source") as ExpectedIpSource | undefined,
    country: optionalTextAt(row, "country") as CountryCode | undefined,
    provider: optionalTextAt(row, "provider"),
    expiresAt: optionalInstantAt(row, "expires_at"),
    revision: numberAt(row, "revision"),
  };
}

function decodeEndpoint(text: string): ProxyEndpoint {
  const [, schemeText = "", hostText = "", portText = ""] =
    /^([a-z0-9]+):\/\/(.+):([0-9]+)$/.exec(text) ?? [];
  const [scheme, host, port] = [parseScheme(schemeText), parseHost(hostText), parsePort(portText)];
  if (scheme === undefined || host === undefined || port === undefined) {
    throw new InternalError("store-endpoint", `"${text}" is stored as a proxy endpoint`);
  }
  return { scheme, host, port };
}

function decodeSealed(row: Row): SealedCredential | undefined {
  const token = optionalTextAt(row, "credentials_encrypted");
  if (token === undefined) return undefined;
  return {
    token,
    keyId: textAt(row, "credentials_key_id") as KeyId,
    fingerprint: textAt(row, "credential_fp"),
  };
}

const changeText = `update launch.network_proxies
  set state = $4, state_since = $5, next_probe_at = $6, expected_ip = coalesce(expected_ip, $7::inet),
      expected_ip_source = case when expected_ip is null and $7::inet is not null then 'first-proof' else expected_ip_source end
  where id = $1 and state = $2 and revision = $3
  returning id`;

/** Writes what holds of a proxy on every host; false where it was edited, disabled or judged meanwhile. */
export async function changeProxy(
  session: Session,
  { id, expected, next, pin }: Extract<Change, { readonly on: "proxy" }>,
): Promise<boolean> {
  const wanted = [next.state, timestamp(next.stateSince), timestamp(next.nextProbeAt), pin];
  return hasChanged(session, changeText, [id, expected.state, expected.revision, ...wanted]);
}
