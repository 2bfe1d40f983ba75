import type { CountryCode } from "../../domain/account.ts";
import { type ProxyId, parseId, parseName } from "../../domain/ids.ts";
import type { ExitIp } from "../../domain/ip.ts";
import type { Credential } from "../../domain/proxy/credential.ts";
import type { ExpectedIpSource, ProxyMetadata } from "../../domain/proxy/proxy.ts";
import { formatEndpoint, type ProxyEndpoint } from "../../domain/proxy/proxy-endpoint.ts";
import type { Instant } from "../../domain/time.ts";
import { UsageError } from "../../errors.ts";
import type { NewProxy } from "../../ports/store/proxy-store.ts";
import type { Store } from "../../ports/store/store.ts";
import type { Vault } from "../../ports/vault.ts";
import { openSealingVault } from "../open-sealing-vault.ts";
import { type Deed, type Operator, record } from "../operator.ts";
import { requireLogin } from "./require-user.ts";

/** A proxy as an operator or an import describes it. */
export interface ProxyRequest {
  readonly label: string;
  readonly endpoint: ProxyEndpoint;
  readonly credential: Credential | undefined;
  readonly country: CountryCode | undefined;
  readonly provider: string | undefined;
  readonly expectedIp: ExitIp | undefined;
  readonly expiresAt: Instant | undefined;
  readonly metadata: ProxyMetadata;
  /** Certificates (PEM) of the authority that vouches for a TLS proxy. */
  readonly ca?: string | undefined;
}

/** Adds a proxy to the pool; rejects when the label is taken, or when there is a credential and no key to seal it with. */
export async function addProxy(operator: Operator, request: ProxyRequest): Promise<NewProxy> {
  return await operator.store.transaction(async (store) => await createProxy(operator, store, request));
}

/** The same inside a transaction that does more. */
export async function createProxy(
  operator: Operator,
  store: Store,
  request: ProxyRequest,
): Promise<NewProxy> {
  const { credential, endpoint } = request;
  if (credential !== undefined) requireLogin(credential, endpoint.scheme);
  const vault = credential === undefined ? undefined : await openSealingVault(operator, store);
  const proxy = sealedProxy(operator, vault, request, "operator");
  await store.proxies.create(proxy);
  await record(operator, store, additionOf(proxy));
  return proxy;
}

/** An authority belongs to a proxy that is spoken to by TLS; another would never be looked at. */
export function requireTls(ca: string | undefined, endpoint: ProxyEndpoint): string | undefined {
  if (ca === undefined || endpoint.scheme === "https") return ca;
  throw new UsageError(
    "LAUNCH_USAGE",
    `--ca is for https:// proxies, but this one is ${formatEndpoint(endpoint)}.`,
    {
      hint: "Remove it, or give the endpoint as https://.",
    },
  );
}

/** The row that a request comes to, its credential sealed; the vault may be left out where there is none. */
export function sealedProxy(
  { random }: Pick<Operator, "random">,
  vault: Vault | undefined,
  request: ProxyRequest,
  source: ExpectedIpSource,
): NewProxy {
  const label = parseName(request.label, "the label of a proxy");
  const id = parseId<ProxyId>(random.uuid());
  const { credential, endpoint, expectedIp } = request;
  const sealed = credential && vault?.seal(credential, { id, label, scheme: endpoint.scheme });
  return {
    id,
    label,
    endpoint,
    authType: sealed === undefined ? "none" : "basic",
    ca: requireTls(request.ca, endpoint),
    sealed,
    metadata: request.metadata,
    isActive: true,
    expectedIp,
    expectedIpSource: expectedIp === undefined ? undefined : source,
    country: request.country,
    provider: request.provider,
    expiresAt: request.expiresAt,
  };
}

/** What the history tells of a new proxy. */
export function additionOf({ id, label, endpoint }: NewProxy): Deed {
  return {
    kind: "proxy.added",
    proxyId: id,
    message: `Proxy ${label} (${formatEndpoint(endpoint)}) was added.`,
  };
}
