import { parseName } from "../../domain/ids.ts";
import type { Credential } from "../../domain/proxy/credential.ts";
import { type ProxyFacts, readProxyMetadata } from "../../domain/proxy/proxy-metadata.ts";
import { parseProxyEndpointUrl, type SplitEndpoint } from "../../domain/proxy-list/proxy-endpoint-url.ts";
import type { Secret } from "../../domain/secret.ts";
import { isJsonObject } from "../../domain/text/json-object.ts";
import { parseJsonText } from "../../domain/text/json-text.ts";
import { vendorNotes } from "../../domain/vendors/vendor-notes.ts";
import { UsageError } from "../../errors.ts";
import type { ProxyRequest } from "./create-proxy.ts";
import { requireUser } from "./require-user.ts";

/** What an operator typed about a proxy; undefined where nothing was typed. */
export interface TypedFacts {
  readonly country: string | undefined;
  readonly provider: string | undefined;
  readonly expectedIp: string | undefined;
  readonly expiresAt: string | undefined;
  /** A JSON object. */
  readonly metadata: string | undefined;
}

export interface TypedProxy extends TypedFacts {
  readonly label: string;
  readonly endpoint: string;
  readonly user: string | undefined;
  /** Asked for only when there is a user whose password the endpoint does not hold. */
  readonly readSecret: () => Promise<Secret>;
}

/** A value with sentences for the operator. */
export interface WithWarnings<T> {
  readonly value: T;
  readonly warnings: readonly string[];
}

/** Checks what was typed; a user part in the endpoint is split off, with a warning. Throws UsageError. */
export async function readProxyRequest(typed: TypedProxy): Promise<WithWarnings<ProxyRequest>> {
  const label = parseName(typed.label, "the label of a proxy");
  const split = readEndpoint(typed.endpoint);
  const facts = readFacts(typed);
  const credential = await credentialOf(split.value, typed);
  const { endpoint } = split.value;
  return {
    value: { label, endpoint, credential, ...facts.value },
    warnings: [
      ...split.warnings,
      ...facts.warnings,
      ...vendorNotes({ endpoint, credential, ...facts.value }),
    ],
  };
}

/** Reads an endpoint and warns when it held a user part. */
export function readEndpoint(text: string): WithWarnings<SplitEndpoint> {
  const value = parseProxyEndpointUrl(text);
  const warning =
    "--proxy-endpoint contains a user part, which every user of this host can read. It was stored sealed and apart from the endpoint. Use --proxy-user and --proxy-pass-stdin.";
  return { value, warnings: value.credential === undefined ? [] : [warning] };
}

/** Checks the vendor facts. */
export function readFacts(typed: TypedFacts): WithWarnings<ProxyFacts> {
  const { facts, problems, warnings } = readProxyMetadata({
    ...metadataObject(typed.metadata),
    country: typed.country,
    provider: typed.provider,
    expected_ip: typed.expectedIp,
    expires_at: typed.expiresAt,
  });
  if (problems.length > 0)
    throw new UsageError(
      "LAUNCH_INVALID_VALUE",
      `A fact about the proxy is not valid: ${problems.join("; ")}.`,
    );
  return { value: facts, warnings };
}

async function credentialOf(split: SplitEndpoint, typed: TypedProxy): Promise<Credential | undefined> {
  if (typed.user === undefined) return split.credential;
  if (split.credential !== undefined)
    throw new UsageError(
      "LAUNCH_USAGE",
      "The user was given twice: with --proxy-user and in --proxy-endpoint.",
    );
  requireUser(typed.user, split.endpoint.scheme);
  return { user: typed.user, secret: await typed.readSecret() };
}

// The text may hold a password that belongs elsewhere, so it is not quoted.
function metadataObject(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined) return {};
  const json = parseJsonText(text);
  const value = "what" in json ? undefined : json.value;
  const doubled = "what" in json ? undefined : json.doubledKeyWithin(json.value);
  if (doubled !== undefined)
    throw new UsageError("LAUNCH_INVALID_VALUE", "--proxy-metadata has the same key twice in one object.", {
      hint: "Remove one of the two.",
    });
  if (isJsonObject(value)) return value;
  throw new UsageError("LAUNCH_INVALID_VALUE", "--proxy-metadata is not a JSON object.", {
    hint: `Write it as '{"city":"Berlin","asn":3320}'.`,
  });
}
