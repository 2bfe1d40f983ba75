import { nearestName } from "../nearest-name.ts";
import {
  type ProxyEndpoint,
  type ProxyScheme,
  parsePort,
  parseProxyHost,
  parseScheme,
} from "../proxy/proxy-endpoint.ts";
import { decodePercent, loginProblem, type ProxyLogin, percentMeaning, splitLogin } from "./proxy-login.ts";
import { isBase64Login } from "./trouble/base64-login.ts";
import { urlTrouble } from "./trouble/line-trouble.ts";
import { holdsAddress } from "./trouble/second-entry.ts";

/** Why a scheme is refused. */
export const unknownScheme =
  "its scheme is not http, https, socks5 or socks5h; ask the vendor for an HTTP or SOCKS5 address";
/** Why a user or password with an address in it is refused where its ends are not marked. */
export const addressInLogin =
  "its user or password contains another address with its port; write one entry per line, or if it really belongs to the password, write a URL and encode its colon as %3A";
const versionlessSocks =
  "its scheme socks:// does not tell the version; write socks5:// if the vendor says SOCKS5";
const knownSchemes = ["http", "https", "socks", "socks4", "socks5", "socks5h"];

/** One proxy as read from a text; `what` never quotes the text, for any part of it may be the password. */
export type ProxyReading =
  | { readonly kind: "read"; readonly endpoint: ProxyEndpoint; readonly login: ProxyLogin | undefined }
  | { readonly kind: "refused"; readonly what: string };

/** Whether a text begins with `scheme://`, known to us or not. */
export function looksLikeUrl(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text);
}

/**
 * Whether a text that is no URL begins as one that was mistyped ("http//", "http:/", "htpp:/", "//", "http:user:"): read as an
 * entry without a scheme, its first letters would be taken for the user, or for part of it. A host or user of that name passes.
 */
export function looksLikeBrokenUrl(text: string): boolean {
  if (/^[A-Za-z0-9+.-]*[:;,.]*[/\\]{2}/.test(text)) return true;
  const [, word = "", mark = ""] = /^([A-Za-z0-9]+)([:;,.]*[/\\]|:(?![0-9]{1,5}(?:[:@]|$)))/.exec(text) ?? [];
  return mark === ":" ? parseScheme(word) !== undefined : nearestName(word, knownSchemes) !== undefined;
}

/**
 * Reads `scheme://[user[:pass]@]host:port[/]`. The last `@` ends the user part, since no host and port can hold one;
 * percent escapes are decoded, unless no `%` of the user part begins an escape.
 */
export function readProxyUrl(text: string): ProxyReading {
  const schemeEnd = text.indexOf("://");
  const scheme = parseScheme(text.slice(0, schemeEnd));
  if (scheme === undefined) return refused(/^socks:/i.test(text) ? versionlessSocks : unknownScheme);
  const rest = text.slice(schemeEnd + 3).replace(/\/$/, "");
  const at = rest.lastIndexOf("@");
  const endpoint = readAuthority(rest.slice(at + 1), scheme);
  if (endpoint === undefined) return refused(urlTrouble(rest));
  if (at < 0) return { kind: "read", endpoint, login: undefined };
  return withUserPart(endpoint, rest.slice(0, at));
}

/** Reads `host:port`, IPv6 in brackets; undefined when it is not exactly that. */
export function readAuthority(text: string, scheme: ProxyScheme): ProxyEndpoint | undefined {
  const match = /^(\[[^\]]*\]|[^:]*):([0-9]{1,5})$/.exec(text);
  const host = parseProxyHost(match?.[1] ?? "");
  const port = parsePort(match?.[2] ?? "");
  return host === undefined || port === undefined ? undefined : { scheme, host, port };
}

/** Whether a user part reads as the address itself, with the login behind the @: `203.0.113.9:8001` of `203.0.113.9:8001@user:1234`. */
export function readsAsAddress(userPart: string): boolean {
  const host = readAuthority(userPart, "http")?.host;
  return host !== undefined && isFullHost(host);
}

/** A reading that failed. */
export function refused(what: string): ProxyReading {
  return { kind: "refused", what };
}

// An address, or a name with a dot: a single word may as well be a user.
function isFullHost(text: string): boolean {
  const host = parseProxyHost(text);
  return host !== undefined && (host.includes(".") || host.includes(":"));
}

function withUserPart(endpoint: ProxyEndpoint, userPart: string): ProxyReading {
  const place = decodedPlace(userPart);
  if (readsAsAddress(place))
    return refused(
      "there is a host and port on both sides of the @; user and password go before it, and if the user really looks like a host, encode its dot as %2E",
    );
  if (endpoint.host !== "localhost" && !isFullHost(endpoint.host) && isFullHost(place.replace(/:$/, "")))
    return refused(
      "it seems that the host is before the @ and the user after it; write http://user:pass@host:port, and if the user really looks like a host, encode its dot as %2E",
    );
  const split = splitLogin(userPart);
  if (split.secretText === "" && isBase64Login(split.user))
    return refused(
      "its user seems to be user and password encoded with base64; decode it and write user:pass",
    );
  if (holdsAddress(split.user) || holdsAddress(split.secretText)) return refused(addressInLogin);
  const meaning = percentMeaning(userPart);
  if (meaning === "unclear")
    return refused("the percent signs in its user part are encoded only in part; encode each % as %25");
  const login = meaning === "literal" ? split : decoded(split);
  const problem = loginProblem(endpoint.scheme, login);
  return problem === undefined ? { kind: "read", endpoint, login } : refused(problem);
}

// Some tools encode the marks of what they take for a user; a dot that is encoded says that it is one. Where one colon stands
// as it is and others are encoded, it parts a user from a password with colons: only brackets say that it is an address.
function decodedPlace(userPart: string): string {
  const isLogin = userPart.includes(":") && /%3A/i.test(userPart) && !/^(\[|%5B)/i.test(userPart);
  return isLogin ? userPart : userPart.replaceAll(/%3A|%5B|%5D/gi, decodeURIComponent);
}

function decoded({ user, secretText }: ProxyLogin): ProxyLogin {
  return { user: decodePercent(user) ?? user, secretText: decodePercent(secretText) ?? secretText };
}
