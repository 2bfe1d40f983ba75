import type { Upstream } from "../domain/proxy/proxy.ts";
import { parseProxyEndpointUrl } from "../domain/proxy-list/proxy-endpoint-url.ts";

/**
 * A proxy as programs name it: a URL (`http://`, `https://` or `socks5://`, its user part percent-encoded where needed),
 * or where to connect and as whom, as `chooseProxy` gives it.
 */
export type ProxySource = string | URL | Upstream;

/** Reads the proxy; throws UsageError, which never quotes it: any part of it may be the password. */
export function readProxySource(source: ProxySource): Upstream {
  if (typeof source !== "string" && !(source instanceof URL)) return source;
  const text = typeof source === "string" ? source : textOf(source);
  return { label: "The proxy", ...parseProxyEndpointUrl(text) };
}

const usualPorts: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

// A URL object drops the port that is usual for its scheme, and a proxy is never named without one.
function textOf(url: URL): string {
  const port = url.port === "" ? usualPorts[url.protocol] : url.port;
  const user = url.username === "" ? "" : `${url.username}:${url.password}@`;
  return port === undefined ? url.href : `${url.protocol}//${user}${url.hostname}:${port}`;
}
