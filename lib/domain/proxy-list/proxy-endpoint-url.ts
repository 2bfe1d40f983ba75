import { UsageError } from "../../errors.ts";
import type { Credential } from "../proxy/credential.ts";
import type { ProxyEndpoint } from "../proxy/proxy-endpoint.ts";
import { trimPlain } from "../text/unseen.ts";
import { readProxyLine } from "./proxy-line.ts";
import { credentialOf } from "./proxy-login.ts";

/** An endpoint with the user part that was split off it. */
export interface SplitEndpoint {
  readonly endpoint: ProxyEndpoint;
  readonly credential: Credential | undefined;
}

/**
 * Reads what was given to `--proxy-endpoint`: a URL (user part percent-decoded and split off), or any form of an import
 * line, `http` when it names no scheme. Throws UsageError, which does not quote the text: it may hold a password.
 */
export function parseProxyEndpointUrl(text: string): SplitEndpoint {
  const reading = readProxyLine(trimPlain(text.replace(/\r?\n$/, "")), { scheme: "http", form: undefined });
  if (reading.kind === "read") return { endpoint: reading.endpoint, credential: credentialOf(reading.login) };
  throw new UsageError("LAUNCH_INVALID_VALUE", `The proxy endpoint cannot be used: ${reading.what}.`, {
    hint: "Write it as http://gw.example:8001 (or https://, socks5://) and give the user with --proxy-user.",
  });
}
