import type { Credential } from "../../domain/proxy/credential.ts";
import type { Proxy } from "../../domain/proxy/proxy.ts";
import { formatEndpoint } from "../../domain/proxy/proxy-endpoint.ts";
import type { LineNote } from "../../domain/proxy-list/raw-entry.ts";
import type { ProxyListEntry } from "../../domain/proxy-list/read-proxy-list.ts";
import { isJsonObject } from "../../domain/text/json-object.ts";
import type { ProxyChange } from "../../ports/store/proxy-store.ts";
import type { Vault } from "../../ports/vault.ts";

/** What an import would do with one entry. */
export type ImportAction =
  | { readonly kind: "add"; readonly entry: ProxyListEntry; readonly label: string }
  | {
      readonly kind: "update";
      readonly entry: ProxyListEntry;
      readonly proxy: Proxy;
      readonly change: ProxyChange;
    }
  | { readonly kind: "unchanged"; readonly entry: ProxyListEntry; readonly proxy: Proxy };

export interface ImportPlan {
  readonly actions: readonly ImportAction[];
  readonly problems: readonly LineNote[];
}

/** What a list is compared with. */
export interface Present {
  readonly pool: readonly Proxy[];
  /** May be undefined when neither side has a credential. */
  readonly vault: Vault | undefined;
  /** New proxies that the list gives no label are called by it and a number. */
  readonly labelPrefix: string | undefined;
}

/**
 * Compares a read list with the pool. An entry is a proxy of the pool when endpoint and user are the same: what it tells
 * anew is an update, what it does not tell stays.
 */
export function planImport(entries: readonly ProxyListEntry[], present: Present): ImportPlan {
  const { pool } = present;
  const actions: ImportAction[] = [];
  const problems: LineNote[] = [];
  const labels = new Map(pool.map((proxy) => [proxy.label, formatEndpoint(proxy.endpoint)]));
  const given = new Set(entries.flatMap(({ label, isLabelDerived }) => (isLabelDerived ? [] : label)));
  const compare = compareWith(present, given);
  for (const entry of entries) {
    const outcome = compare(entry, labels);
    if (outcome.kind === "problem") {
      problems.push({ line: entry.line, what: outcome.what });
      continue;
    }
    if (outcome.kind === "add") labels.set(outcome.label, formatEndpoint(entry.endpoint));
    actions.push(outcome);
  }
  return { actions, problems };
}

type Outcome = ImportAction | { readonly kind: "problem"; readonly what: string };

function compareWith({ pool, vault, labelPrefix }: Present, given: ReadonlySet<string>) {
  const find = finderIn(pool, vault);
  const freeLabel = labelMaker(labelPrefix, given);
  return (entry: ProxyListEntry, labels: ReadonlyMap<string, string>): Outcome => {
    const { known, closed } = find(entry);
    if (known !== undefined) return judgeMatch(entry, known.proxy, { ...known, vault, labels });
    if (closed !== undefined)
      return {
        kind: "problem",
        what: `has the same endpoint as ${closed.label}, whose credential cannot be opened to compare`,
      };
    const taken = labels.get(entry.label);
    if (entry.isLabelDerived) return { kind: "add", entry, label: freeLabel(entry.label, labels) };
    if (taken !== undefined) return { kind: "problem", what: `label ${entry.label} is taken by ${taken}` };
    return { kind: "add", entry, label: entry.label };
  };
}

interface KnownProxy {
  readonly proxy: Proxy;
  readonly credential: Credential | undefined;
}

// Thousands of sessions may share one gateway: each credential is opened once, not once for each entry.
function finderIn(pool: readonly Proxy[], vault: Vault | undefined) {
  const byEndpoint = new Map<string, Proxy[]>();
  for (const proxy of pool) {
    const endpoint = formatEndpoint(proxy.endpoint);
    const there = byEndpoint.get(endpoint);
    if (there === undefined) byEndpoint.set(endpoint, [proxy]);
    else there.push(proxy);
  }
  const opened = new Map<string, ReadonlyMap<string | undefined, KnownProxy>>();
  const closed = new Map<string, Proxy>();
  const open = (endpoint: string) => {
    const users = new Map<string | undefined, KnownProxy>();
    for (const proxy of byEndpoint.get(endpoint) ?? []) {
      const held = openHeld(proxy, vault);
      if (held === "unopenable") closed.set(endpoint, closed.get(endpoint) ?? proxy);
      else if (!users.has(held?.user)) users.set(held?.user, { proxy, credential: held });
    }
    opened.set(endpoint, users);
    return users;
  };
  return (entry: ProxyListEntry) => {
    const endpoint = formatEndpoint(entry.endpoint);
    const users = opened.get(endpoint) ?? open(endpoint);
    return { known: users.get(entry.credential?.user), closed: closed.get(endpoint) };
  };
}

function openHeld(proxy: Proxy, vault: Vault | undefined): Credential | undefined | "unopenable" {
  const { id, label, endpoint, sealed } = proxy;
  if (sealed === undefined || vault === undefined) return undefined;
  const opened = vault.open(sealed, { id, label, scheme: endpoint.scheme });
  return opened.kind === "opened" ? opened.credential : "unopenable";
}

// A label that the list gives to a later entry is taken too.
function labelMaker(prefix: string | undefined, given: ReadonlySet<string>) {
  let number = 0;
  return (label: string, labels: ReadonlyMap<string, string>): string => {
    if (prefix === undefined) return withFreeNumber(label, labels);
    do number += 1;
    while (labels.has(`${prefix}${number}`) || given.has(`${prefix}${number}`));
    return `${prefix}${number}`;
  };
}

function withFreeNumber(label: string, labels: ReadonlyMap<string, string>): string {
  if (!labels.has(label)) return label;
  for (let number = 2; ; number += 1) {
    const candidate = `${label}-${number}`;
    if (!labels.has(candidate)) return candidate;
  }
}

function judgeMatch(
  entry: ProxyListEntry,
  proxy: Proxy,
  known: {
    readonly credential: Credential | undefined;
    readonly vault: Vault | undefined;
    readonly labels: ReadonlyMap<string, string>;
  },
): Outcome {
  const isRenamed = !entry.isLabelDerived && entry.label !== proxy.label;
  if (isRenamed && known.labels.has(entry.label))
    return { kind: "problem", what: `label ${entry.label} is taken by ${known.labels.get(entry.label)}` };
  const change = {
    ...(isRenamed ? { label: entry.label } : {}),
    ...credentialChange(entry, proxy, known),
    ...factChanges(entry, proxy),
  };
  if (Object.keys(change).length === 0) return { kind: "unchanged", entry, proxy };
  return { kind: "update", entry, proxy, change };
}

function credentialChange(
  entry: ProxyListEntry,
  proxy: Proxy,
  known: { readonly credential: Credential | undefined; readonly vault: Vault | undefined },
): ProxyChange {
  const { vault } = known;
  if (entry.credential === undefined || known.credential === undefined || vault === undefined) return {};
  const { scheme } = proxy.endpoint;
  const present = vault.fingerprints(known.credential, scheme)[0];
  if (present === vault.fingerprints(entry.credential, scheme)[0]) return {};
  return { sealed: vault.seal(entry.credential, { id: proxy.id, label: proxy.label, scheme }) };
}

function factChanges(entry: ProxyListEntry, proxy: Proxy): ProxyChange {
  const isNew = <T>(told: T | undefined, known: T | undefined): told is T =>
    told !== undefined && told !== known;
  const metadata = { ...proxy.metadata, ...entry.metadata };
  const isSameMetadata = canonical(metadata) === canonical(proxy.metadata);
  return {
    ...(isNew(entry.country, proxy.country) ? { country: entry.country } : {}),
    ...(isNew(entry.provider, proxy.provider) ? { provider: entry.provider } : {}),
    ...(isNew(entry.expiresAt, proxy.expiresAt) ? { expiresAt: entry.expiresAt } : {}),
    ...(isNew(entry.expectedIp, proxy.expectedIp)
      ? { expectedIp: entry.expectedIp, expectedIpSource: "import" as const }
      : {}),
    ...(isSameMetadata ? {} : { metadata }),
  };
}

// PostgreSQL's jsonb gives keys back in its own order.
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    isJsonObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}
