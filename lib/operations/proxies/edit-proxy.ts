import { parseName } from "../../domain/ids.ts";
import type { Credential } from "../../domain/proxy/credential.ts";
import type { Proxy } from "../../domain/proxy/proxy.ts";
import type { ProxyEndpoint } from "../../domain/proxy/proxy-endpoint.ts";
import { vendorNotes } from "../../domain/vendors/vendor-notes.ts";
import { CredentialUnopenableError, UsageError } from "../../errors.ts";
import type { ProxyChange } from "../../ports/store/proxy-store.ts";
import type { Store } from "../../ports/store/store.ts";
import { requireProxy } from "../find-by-name.ts";
import { openSealingVault } from "../open-sealing-vault.ts";
import { type Operator, record } from "../operator.ts";
import { requireTls } from "./create-proxy.ts";
import { requireLogin } from "./require-user.ts";

/** What an edit gives anew; what is absent stays, `null` clears. */
export interface ProxyEdit {
  readonly label?: string;
  readonly endpoint?: ProxyEndpoint;
  readonly credential?: Credential | null;
  readonly ca?: string | null;
  readonly expectedIp?: NonNullable<Proxy["expectedIp"]> | null;
  readonly country?: NonNullable<Proxy["country"]> | null;
  readonly provider?: string | null;
  readonly expiresAt?: NonNullable<Proxy["expiresAt"]> | null;
  /** Merged into what is there. */
  readonly metadata?: Proxy["metadata"];
}

/** Changes a proxy; after a new endpoint, credential or authority, and a drifted one after another expected address, it counts as unverified, and a bot on it proves its exit anew. */
export async function editProxy(operator: Operator, label: string, edit: ProxyEdit): Promise<EditedProxy> {
  return await operator.store.transaction(async (store) => {
    const proxy = await requireProxy(store, label);
    const change = {
      ...pinChange(proxy, edit),
      ...plainChanges(proxy, edit),
      ...(await credentialChange({ operator, store }, proxy, edit)),
    };
    const changed = wordsOf(change);
    if (changed.length === 0)
      throw new UsageError("LAUNCH_USAGE", `You gave nothing to change on proxy "${label}".`, {
        hint: "`launch proxy edit --help` lists what can be changed.",
      });
    if (needsProof(proxy, change))
      Object.assign(change, { state: "unverified", stateSince: operator.clock.now() } satisfies ProxyChange);
    await store.proxies.update(proxy.id, change);
    if (needsProof(proxy, change)) await store.proxies.forgetHealth(proxy.id);
    await record(operator, store, {
      kind: "proxy.edited",
      proxyId: proxy.id,
      message: `Proxy ${label} was edited: ${changed.join(", ")}.`,
    });
    const edited = { ...proxy, ...change };
    // What its vendor does with a port or a user name is told where one of them, or the vendor itself, was given.
    const isTold = edit.endpoint !== undefined || Boolean(edit.credential) || edit.provider !== undefined;
    const notes = isTold ? vendorNotes({ ...edited, credential: edit.credential ?? undefined }) : [];
    return { proxy: edited, changed, notes };
  });
}

/** What an edit came to. */
export interface EditedProxy {
  readonly proxy: Proxy;
  readonly changed: readonly string[];
  /** What is known of the vendor that matters here. */
  readonly notes: readonly string[];
}

// What stood against it was said of another endpoint, credential or expected address.
function needsProof({ state }: Proxy, change: ProxyChange): boolean {
  if (change.endpoint !== undefined || change.authType !== undefined || "ca" in change) return true;
  return "expectedIp" in change && state === "drifted";
}

function plainChanges(proxy: Proxy, edit: ProxyEdit): ProxyChange {
  return {
    ...(edit.label === undefined ? {} : { label: parseName(edit.label, "the label of a proxy") }),
    ...(edit.endpoint === undefined ? {} : { endpoint: edit.endpoint }),
    ...(edit.ca === undefined
      ? {}
      : { ca: requireTls(edit.ca ?? undefined, edit.endpoint ?? proxy.endpoint) }),
    ...(edit.expectedIp === undefined ? {} : expectedIpChange(edit.expectedIp)),
    ...(edit.country === undefined ? {} : { country: edit.country ?? undefined }),
    ...(edit.provider === undefined ? {} : { provider: edit.provider ?? undefined }),
    ...(edit.expiresAt === undefined ? {} : { expiresAt: edit.expiresAt ?? undefined }),
    ...(edit.metadata === undefined ? {} : { metadata: { ...proxy.metadata, ...edit.metadata } }),
  };
}

// What the first proof pinned was the old endpoint's exit; held to it, the new one could never be proven.
function pinChange({ endpoint, expectedIpSource }: Proxy, edit: ProxyEdit): ProxyChange {
  if (edit.endpoint === undefined || expectedIpSource !== "first-proof") return {};
  const isSame = edit.endpoint.host === endpoint.host && edit.endpoint.port === endpoint.port;
  return isSame ? {} : expectedIpChange(null);
}

function expectedIpChange(expectedIp: NonNullable<ProxyEdit["expectedIp"]> | null): ProxyChange {
  if (expectedIp === null) return { expectedIp: undefined, expectedIpSource: undefined };
  return { expectedIp, expectedIpSource: "operator" };
}

// The fingerprint covers the scheme, so a new scheme needs the credential sealed anew.
async function credentialChange(
  { operator, store }: { readonly operator: Operator; readonly store: Store },
  proxy: Proxy,
  edit: ProxyEdit,
): Promise<ProxyChange> {
  if (edit.credential === null) return { authType: "none", sealed: undefined };
  const scheme = edit.endpoint?.scheme ?? proxy.endpoint.scheme;
  const needsResealing = proxy.sealed !== undefined && scheme !== proxy.endpoint.scheme;
  if (edit.credential === undefined && !needsResealing) return {};
  if (edit.credential) requireLogin(edit.credential, scheme);
  const vault = await openSealingVault(operator, store);
  const credential = edit.credential ?? (await openPresent(operator, proxy));
  const subject = { id: proxy.id, label: proxy.label, scheme };
  return { authType: "basic", sealed: vault.seal(credential, subject) };
}

async function openPresent(operator: Operator, proxy: Proxy): Promise<Credential> {
  const vault = await operator.openVault();
  if (proxy.sealed === undefined) throw new CredentialUnopenableError(`Proxy "${proxy.label}" has none.`);
  const subject = { id: proxy.id, label: proxy.label, scheme: proxy.endpoint.scheme };
  const opened = vault.open(proxy.sealed, subject);
  if (opened.kind === "opened") return opened.credential;
  throw new CredentialUnopenableError(opened.why, {
    hint: "Give the credential again with --proxy-user and --proxy-pass-stdin.",
  });
}

// As the flags call them.
const wordOf: Readonly<Record<string, string>> = {
  sealed: "credential",
  authType: "credential",
  expectedIp: "expected-ip",
  expectedIpSource: "expected-ip",
  expiresAt: "expires",
};

function wordsOf(change: ProxyChange): readonly string[] {
  return [...new Set(Object.keys(change).map((key) => wordOf[key] ?? key))];
}
