import type { Upstream } from "../../../domain/proxy/proxy.ts";
import { formatAuthority } from "../../../domain/proxy/proxy-endpoint.ts";
import type { TransportFailure } from "../../../domain/proxy/transport.ts";
import type { VendorRefusal } from "../../../domain/vendors/vendors.ts";
import type { Target } from "../wire/http-frames.ts";
import type { ProxyWords } from "./proxy-words.ts";
import { failureOf, type RelayFailure } from "./relay-failure.ts";
import { saysToUseTls } from "./spoken.ts";
import { placeOf, toldBy, webServerOf } from "./told.ts";

/** A status other than 2xx in answer to CONNECT, with what the proxy says of it. */
export interface Refusal extends ProxyWords {
  readonly status: number;
  /** What the gateway's vendor means by this status, where that is known. */
  readonly vendor?: VendorRefusal | undefined;
}

/** What a refusal of CONNECT means. */
export function statusFailure(upstream: Upstream, target: Target, refusal: Refusal): RelayFailure {
  const { status } = refusal;
  const why = reasonsOf(refusal);
  if (status === 407 || status === 401) return authFailure(upstream, refusal);
  const authority = formatAuthority(target.host, target.port);
  const what = `answered CONNECT ${authority} with HTTP ${status}${why === "" ? "" : ` (${why})`}`;
  if (saysToUseTls(why))
    return failureOf(upstream, { kind: "protocol", scope: "upstream", what, status, spoken: "tls" });
  const server = webServerOf(status, refusal.server, why);
  if (server !== undefined && refusal.vendor === undefined) {
    const whose = server === "" ? "a web server" : `the web server ${server}`;
    const told = `${what}, as ${whose} does that is no proxy`;
    const meaning = serverMeanings.has(status) ? noProxy : meaningOf(refusal);
    return failureOf(upstream, { ...meaning, what: told, status, spoken: "other" });
  }
  const { kind, scope, told } = meaningOf(refusal);
  if (told === "portal") {
    const place = placeOf(refusal.location);
    const where = place === undefined ? "" : `: it sends to ${place}`;
    return failureOf(upstream, { kind, scope, told, what: `${what}${where}`, status });
  }
  if (
    told === undefined &&
    target.port !== 443 &&
    (tellsPortRule(refusal) || (kind === "denied" && mayBePortRule(refusal)))
  ) {
    const rule = `${what}, as proxies do that allow CONNECT to port 443 only`;
    const remedy = "https-witnesses";
    return failureOf(upstream, { kind: "denied", scope: "target", what: rule, status, remedy });
  }
  return failureOf(upstream, { kind, scope, told, what, status });
}

// These two say that CONNECT is not known at all, whatever the target.
const serverMeanings = new Set([405, 501]);
const noProxy = { kind: "protocol", scope: "upstream" } as const;

// What the proxy itself says, then what its vendor's pages say of that status.
function reasonsOf({ why, vendor }: Refusal): string {
  return [why, vendor?.text ?? ""].filter((text) => text !== "").join("; ");
}

function authFailure(upstream: Upstream, refusal: Refusal): RelayFailure {
  const { status, schemes } = refusal;
  const why = reasonsOf(refusal);
  const told = why === "" ? `HTTP ${status}` : `HTTP ${status}, ${why}`;
  // No user and no password can help there: the credential is not to blame.
  if (schemes.length > 0 && !schemes.some((scheme) => scheme.toLowerCase() === "basic")) {
    const what = `wants ${schemes.join(" or ")}; only Basic is spoken (${told})`;
    return failureOf(upstream, { kind: "denied", scope: "upstream", what, status, remedy: "basic-only" });
  }
  const said = toldBy(why);
  if (said === "allow-list") {
    const what = `does not let this host's address in (${told})`;
    return failureOf(upstream, { kind: "auth", scope: "upstream", what, status, told: said });
  }
  const what =
    upstream.credential === undefined
      ? `wants a user and a password, but none is stored (${told})`
      : `refused the credential (${told})`;
  return failureOf(upstream, { kind: "auth", scope: "upstream", what, status, told: said });
}

// Other 4xx (402 payment, 429 too many sessions) speak of the proxy or its account, these of the one target: an exit that
// answers for its target is alive, and replacing it for an incident elsewhere would burn a spare IP.
const deniedStatuses = new Set([400, 403, 404, 405, 451]);

function meaningOf(refusal: Refusal): Pick<TransportFailure, "kind" | "scope" | "told"> {
  const { status, errorType, vendor, why } = refusal;
  if (vendor?.kind !== undefined && vendor.scope !== undefined)
    return { kind: vendor.kind, scope: vendor.scope };
  // RFC 6585 §6: whoever stands between this host and its network wants somebody to sign in. A redirect may be that, or the proxy's own.
  if (status === 511) return { kind: "blocked", scope: "host", told: "portal" };
  if (status < 400) return { kind: "blocked", scope: "upstream", told: "portal" };
  const told = toldBy(why);
  if (told !== undefined)
    return { kind: told === "allow-list" ? "auth" : "blocked", scope: "upstream", told };
  if (errorType?.startsWith("proxy_") === true) return { kind: "blocked", scope: "upstream" };
  if (errorType !== undefined && deniedTypes.has(errorType)) return { kind: "denied", scope: "target" };
  if (status === 504) return { kind: "timeout", scope: "target" };
  if (deniedStatuses.has(status)) return { kind: "denied", scope: "target" };
  // No gateway says of a target what is no status of HTTP (999).
  return { kind: "blocked", scope: status >= 500 && status < 600 ? "target" : "upstream" };
}

// RFC 9209 §2.3: what the proxy itself decided.
const deniedTypes = new Set([
  "http_request_denied",
  "http_request_error",
  "http_protocol_error",
  "destination_ip_prohibited",
]);

// Whatever the status: "CONNECT to port 80 is not allowed", "only https (443) tunnels".
function tellsPortRule({ why, vendor }: Refusal): boolean {
  return vendor === undefined && /\bports?\b|\b443\b/i.test(why) && ruleWords.test(why);
}

const ruleWords =
  /\b(?:not (?:allowed|permitted|supported)|only|blocked|denied|disallowed|forbidden|prohibited|restricted)\b/i;

// squid and tinyproxy refuse other ports with 403 (405 elsewhere) and name no reason but their general one.
function mayBePortRule({ status, why }: Refusal): boolean {
  if (status !== 403 && status !== 405) return false;
  return (
    why === "" || /ERR_ACCESS_DENIED|access (?:denied|violation)|forbidden|\bports?\b|not allowed/i.test(why)
  );
}
