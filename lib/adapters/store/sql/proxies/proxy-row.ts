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
  type ProxyEndpoint,
  parseHost,
  parsePort,
  parseScheme,
} from "../../../../domain/proxy/proxy-endpoint.ts";
import { InternalError } from "../../../../errors.ts";
import {
  booleanAt,
  instantAt,
  numberAt,
  optionalExitIpAt,
  optionalInstantAt,
  optionalTextAt,
  rowAt,
  textAt,
} from "../decode.ts";
import type { Row } from "../session.ts";

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
