// One entry in any of the forms that vendors hand out. Nothing here prefers one form: every split of the text is tried,
// and only when exactly one of them is a valid proxy is it taken.
import { parseIp } from "../ip.ts";
import { type ProxyEndpoint, type ProxyScheme, parsePort } from "../proxy/proxy-endpoint.ts";
import { loginProblem, type ProxyLogin, percentMeaning, splitLogin } from "./proxy-login.ts";
import {
  addressInLogin,
  looksLikeBrokenUrl,
  looksLikeUrl,
  type ProxyReading,
  readAuthority,
  readProxyUrl,
  readsAsAddress,
  refused,
} from "./proxy-url.ts";
import { lineTrouble, looksLikeComment, noFormTrouble } from "./trouble/line-trouble.ts";
import { holdsAddress, holdsEntry } from "./trouble/second-entry.ts";

/** The forms of an entry without a scheme, by which an operator may settle what can be read in two ways. */
export type LineForm =
  | "host:port"
  | "host:port:user:pass"
  | "user:pass@host:port"
  | "user:pass:host:port"
  | "host:port@user:pass";

export interface LineOptions {
  /** For entries that name none. */
  readonly scheme: ProxyScheme;
  /** Only this form counts; undefined tries all. */
  readonly form: LineForm | undefined;
}

// Longer than any proxy with user and password; trying every split of a text without bound would take quadratic time.
const maxLineLength = 2_000;

interface Candidate {
  readonly form: LineForm;
  readonly endpoint: ProxyEndpoint;
  readonly login: ProxyLogin | undefined;
}

/** Reads one entry: a URL, or the one form in which it is a valid proxy; two valid forms are refused, never guessed. */
export function readProxyLine(text: string, options: LineOptions): ProxyReading {
  if (text.length > maxLineLength) return refused(`it is longer than ${maxLineLength} characters`);
  const trouble = lineTrouble(text);
  if (trouble !== undefined) return refused(trouble);
  if (looksLikeUrl(text)) return readProxyUrl(text);
  if (looksLikeComment(text)) return refused("it looks like a comment; comments begin with #");
  if (looksLikeBrokenUrl(text))
    return refused("it begins with a mistyped scheme; it must read http://, https:// or socks5://");
  if (holdsBareIpv6(text)) return refused("it seems to hold an IPv6 address without brackets");
  const candidates = candidatesOf(text, options);
  const [only, other] = candidates;
  if (only === undefined) return refused(whyNothingFits(text, options));
  if (other !== undefined) return refused(ambiguity(candidates));
  return settled(only, options.form);
}

function candidatesOf(text: string, options: LineOptions): readonly Candidate[] {
  return splitsOf(text, options).filter(({ login }) => login === undefined || isWhole(options.scheme, login));
}

// Every split of the text that has a host and port, whatever its user part is.
function splitsOf(text: string, { scheme, form }: LineOptions): readonly Candidate[] {
  const all = [
    ...endpointAlone(text, scheme),
    ...endpointFirst(text, scheme),
    ...loginAtEndpoint(text, scheme),
    ...loginFirst(text, scheme),
    ...endpointAtLogin(text, scheme),
  ];
  return form === undefined ? all : all.filter((candidate) => candidate.form === form);
}

function endpointAlone(text: string, scheme: ProxyScheme): readonly Candidate[] {
  const endpoint = readAuthority(text, scheme);
  return endpoint === undefined ? [] : [{ form: "host:port", endpoint, login: undefined }];
}

// A host holds no colon outside brackets and a user none at all, so that each form splits in one place only.
function endpointFirst(text: string, scheme: ProxyScheme): readonly Candidate[] {
  const match = /^((?:\[[^\]]*\]|[^:]*):[0-9]{1,5}):(.*)$/s.exec(text);
  return candidate("host:port:user:pass", readAuthority(match?.[1] ?? "", scheme), match?.[2]);
}

function loginFirst(text: string, scheme: ProxyScheme): readonly Candidate[] {
  // The bracketed host is tried first: a greedy user part would swallow most of its address.
  const match = /^(.*):(\[[^[\]]*\]:[0-9]{1,5})$/s.exec(text) ?? /^(.*):([^:]*:[0-9]{1,5})$/s.exec(text);
  return candidate("user:pass:host:port", readAuthority(match?.[2] ?? "", scheme), match?.[1]);
}

function loginAtEndpoint(text: string, scheme: ProxyScheme): readonly Candidate[] {
  const at = text.lastIndexOf("@");
  if (at < 0) return [];
  return candidate("user:pass@host:port", readAuthority(text.slice(at + 1), scheme), text.slice(0, at));
}

// Not a common form: it counts only where its host has a dot or is an address, so that it cannot cast doubt on user:1234@host:port.
function endpointAtLogin(text: string, scheme: ProxyScheme): readonly Candidate[] {
  const at = text.indexOf("@");
  const place = at < 0 ? "" : text.slice(0, at);
  if (!readsAsAddress(place)) return [];
  return candidate("host:port@user:pass", readAuthority(place, scheme), text.slice(at + 1));
}

function candidate(
  form: LineForm,
  endpoint: ProxyEndpoint | undefined,
  login: string | undefined,
): readonly Candidate[] {
  if (endpoint === undefined || login === undefined) return [];
  return [{ form, endpoint, login: splitLogin(login) }];
}

// Without a scheme a lone user is more likely a piece of something else.
function isWhole(scheme: ProxyScheme, login: ProxyLogin): boolean {
  return login.secretText !== "" && loginProblem(scheme, login) === undefined;
}

// Whoever names the form says that all behind it is the password, unless that is a whole entry.
function settled({ form, endpoint, login }: Candidate, given: LineForm | undefined): ProxyReading {
  const userPart = login === undefined ? "" : `${login.user}:${login.secretText}`;
  const holdsAnother = given === undefined ? holdsAddress : holdsEntry;
  if (login !== undefined && [login.user, login.secretText].some(holdsAnother))
    return refused(addressInLogin);
  if (login !== undefined && [login.user, login.secretText].some(isQuoted))
    return refused("its user or password is in quotes; remove the quotes, or write the entry as CSV");
  if (given === undefined && login !== undefined && endsInPassword(form) && holdsFifthField(login.secretText))
    return refused(
      "after its password there is a scheme, a country, an address or a colon, which may also belong to the password; remove it, or give the form with --form",
    );
  if (form === "user:pass@host:port" && percentMeaning(userPart) !== "literal")
    return refused(
      "the percent signs in its user part may be an encoding or real characters; write it as a URL, or as host:port:user:pass",
    );
  return { kind: "read", endpoint, login };
}

function ambiguity(candidates: readonly Candidate[]): string {
  const forms = candidates.map(({ form }) => form).join(" and as ");
  return `it can be read as ${forms}; write it as a URL, or give the form with --form`;
}

function whyNothingFits(text: string, options: LineOptions): string {
  const [only, other] = splitsOf(text, options).filter(({ login }) => login?.secretText !== "");
  const problem = other === undefined && only?.login && loginProblem(options.scheme, only.login);
  if (problem) return `it is not a proxy: ${problem}`;
  return options.form === undefined ? noFormTrouble(text) : `it is not ${options.form}`;
}

function isQuoted(field: string): boolean {
  return /^(["'`]).*\1$/s.test(field);
}

function endsInPassword(form: LineForm): boolean {
  return form === "host:port:user:pass" || form === "host:port@user:pass";
}

// Vendors' lines go on: host:port:user:pass:socks5, …:DE, …:203.0.113.7, or with an empty field.
function holdsFifthField(secretText: string): boolean {
  if (secretText.endsWith(":") || /[;|](?:[A-Z]{2}|https?|socks5)$/.test(secretText)) return true;
  const last = secretText.includes(":") ? secretText.slice(secretText.lastIndexOf(":") + 1) : "";
  return /^(?:https?|socks[45]?[ah]?|[A-Z]{2})$/i.test(last)
    ? last.length > 2 || last === last.toUpperCase()
    : parseIp(last) !== undefined;
}

// "abcd:80:…" can be a host and a port, or the start of an address: brackets tell.
function holdsBareIpv6(text: string): boolean {
  const parts = text.split(":");
  if (parts.length < 3) return false;
  if (isIpv6(text)) return true;
  const isTail =
    parsePort(parts.at(-1) ?? "") !== undefined && someTailIsIpv6(text.slice(0, text.lastIndexOf(":")));
  return isTail || someHeadIsIpv6(parts);
}

function someTailIsIpv6(text: string): boolean {
  const starts = [...text.matchAll(/^|[:@]/g)].map((match) => match.index + match[0].length);
  return starts.some((start) => isIpv6(text.slice(start)));
}

function someHeadIsIpv6(parts: readonly string[]): boolean {
  return parts.some((part, index) => {
    const port = part.split("@")[0] ?? "";
    return index >= 2 && parsePort(port) !== undefined && isIpv6(parts.slice(0, index).join(":"));
  });
}

function isIpv6(text: string): boolean {
  return text.includes(":") && parseIp(text) !== undefined;
}
