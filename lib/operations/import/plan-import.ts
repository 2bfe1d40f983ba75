import type { Credential } from "../../domain/proxy/credential.ts";
import type { Proxy } from "../../domain/proxy/proxy.ts";
import { formatEndpoint } from "../../domain/proxy/proxy-endpoint.ts";
import type { LineNote } from "../../domain/proxy-list/raw-entry.ts";
import type { ProxyListEntry } from "../../domain/proxy-list/read-proxy-list.ts";
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

/**
 * Compares a read list with the pool. An entry is a proxy of the pool when endpoint and user are the same: what it tells
 * anew is an update, what it does not tell stays. `vault` may be undefined when neither side has a credential.
 */
export function planImport(
  entries: readonly ProxyListEntry[],
  pool: readonly Proxy[],
  vault: Vault | undefined,
): ImportPlan {
  const actions: ImportAction[] = [];
  const problems: LineNote[] = [];
  const labels = new Map(pool.map((proxy) => [proxy.label, formatEndpoint(proxy.endpoint)]));
  const compare = compareWith(pool, vault);
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

function compareWith(pool: readonly Proxy[], vault: Vault | undefined) {
  const byEndpoint = new Map<string, Proxy[]>();
  for (const proxy of pool) {
    const endpoint = formatEndpoint(proxy.endpoint);
    byEndpoint.set(endpoint, [...(byEndpoint.get(endpoint) ?? []), proxy]);
  }
  return (entry: ProxyListEntry, labels: ReadonlyMap<string, string>): Outcome => {
    const neighbours = byEndpoint.get(formatEndpoint(entry.endpoint)) ?? [];
    const opened = neighbours.map((proxy) => ({ proxy, held: openHeld(proxy, vault) }));
    const match = opened.find(
      ({ held }) => held.kind === "held" && held.credential?.user === entry.credential?.user,
    );
    if (match?.held.kind === "held") return judgeMatch(entry, match.proxy, { ...match.held, vault, labels });
    const closed = opened.find(({ held }) => held.kind === "unopenable");
    if (closed !== undefined)
      return {
        kind: "problem",
        what: `has the endpoint of ${closed.proxy.label}, whose credential cannot be opened to compare`,
      };
    return judgeNew(entry, labels);
  };
}

type Held =
  | { readonly kind: "held"; readonly credential: Credential | undefined }
  | { readonly kind: "unopenable" };

function openHeld(proxy: Proxy, vault: Vault | undefined): Held {
  const { id, label, endpoint, sealed } = proxy;
  if (sealed === undefined || vault === undefined) return { kind: "held", credential: undefined };
  const opened = vault.open(sealed, { id, label, scheme: endpoint.scheme });
  return opened.kind === "opened" ? { kind: "held", credential: opened.credential } : { kind: "unopenable" };
}

function judgeNew(entry: ProxyListEntry, labels: ReadonlyMap<string, string>): Outcome {
  const taken = labels.get(entry.label);
  if (taken === undefined) return { kind: "add", entry, label: entry.label };
  if (!entry.isLabelDerived) return { kind: "problem", what: `label ${entry.label} is taken by ${taken}` };
  return { kind: "add", entry, label: freeLabel(entry.label, labels) };
}

function freeLabel(label: string, labels: ReadonlyMap<string, string>): string {
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
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
