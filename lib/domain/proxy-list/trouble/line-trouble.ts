// Why a line is no entry, told by its most likely trouble, with what to write instead. Nothing of the line is quoted: any
// part of it may be the password.
import { parseIp } from "../../ip.ts";
import { parseHost, parsePort, parseProxyHost } from "../../proxy/proxy-endpoint.ts";
import { unseenProblem } from "../../text/unseen.ts";
import { canHeadList, meaningOf } from "../shape/column-names.ts";
import { isBase64Login } from "./base64-login.ts";
import { markTrouble } from "./mark-trouble.ts";
import { holdsSeveralEntries, schemeInside } from "./second-entry.ts";

const portRange = /:[0-9]{1,5}(?:[-–—~]|\.{2,3}|to)[0-9]{1,5}(?=$|[:@/])/;
const addressRange = /^(?:[^@]*@)?[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+(?:\/[0-9]{1,2}(?=$|:)|-[0-9.]+)/;
const severalEntries =
  "it contains more than one entry; write one entry per line. If a comma or the like belongs to a password, use CSV quotes or JSON";

/** What is wrong with a line whatever its form; undefined when it may be an entry. */
export function lineTrouble(line: string): string | undefined {
  if (/^(?:[-*•]|[0-9]+[.)]) /.test(line))
    return "it begins with a list mark and a space; begin the line with the entry";
  const other = otherLine(line);
  if (other !== undefined) return other;
  const mark = markTrouble(line);
  if (mark !== undefined) return mark;
  if (schemeInside(line)) return "it has something before the URL; begin the line with the URL";
  if (holdsSeveralEntries(line)) return severalEntries;
  if (/[ \t]/.test(line)) return spaceTrouble(line);
  const unseen = unseenProblem(line);
  if (unseen !== undefined) return `it ${unseen}; delete that character, or type the line again`;
  if (/[,;|]$/.test(line))
    return `it ends with a ${nameOf(line.at(-1) ?? "")}; remove it, or if it belongs to the password, write the line in CSV quotes or JSON`;
  if (/^(["'`])[^"'`]*\1$/.test(line)) return "it is in quotes; remove them";
  if (hasPortRange(line)) return "it contains a range of ports; write one line for each port";
  if (addressRange.test(line)) return "it contains a range of addresses; write one line for each address";
  return undefined;
}

// Lines of other files that name proxies.
function otherLine(line: string): string | undefined {
  if (/^(?:(?:export|setx?|-e|env) +|\$env:)?(?:[a-z]+[_-])*proxy(?:[_-]?[a-z0-9]+)* *=/i.test(line))
    return "it sets a variable of a shell; keep only the URL in it";
  if (/^(?:[$>%] +)?(?:curl|wget|gost|ssh|setx?|export)(?:\.exe)? |^--?[a-z][a-z-]* +[^ ]/i.test(line))
    return "it looks like a command; keep only the proxy's URL of it";
  if (/^(?:proxy|https?|socks[45]?[ah]?)[ \t]+[^\s]/i.test(line))
    return "the scheme goes before the address: http://host:port, or socks5://host:port";
  const name = /^([A-Za-z][A-Za-z _-]*)[:=] /.exec(line)?.[1];
  if (name !== undefined && typeof meaningOf(name) === "string")
    return "it holds only one part of an entry; write the whole entry on one line, host:port:user:pass";
  if (/^\[[A-Za-z][\w ]*\]$/.test(line)) return "it is the heading of a part of another file; remove it";
  if (/^[a-z][a-z_-]*:$/i.test(line)) return "it looks like YAML; write one entry per line, or JSON";
  return undefined;
}

// A password may look like one: before the @ it counts only behind what looks like an address.
function hasPortRange(line: string): boolean {
  const found = portRange.exec(line);
  if (found === null) return false;
  const at = line.lastIndexOf("@");
  return (
    found.index > at ||
    /[.\]]|localhost$/i.test(line.slice(0, found.index)) ||
    portRange.test(line.slice(at + 1))
  );
}

/** Whether a line without an entry is meant as a comment of another kind than ours. */
export function looksLikeComment(line: string): boolean {
  return /^(?:\/\/|--|;|\/\*|\*|<!--|%|rem\b|')/i.test(line) && !/[^\s:@/]:[0-9]{2,5}(?![0-9])|@/.test(line);
}

/** Why no form fits a text without a scheme. */
export function noFormTrouble(text: string): string {
  const separator = /[,;|]/.exec(text)?.[0];
  if (
    separator !== undefined &&
    !/[0-9]/.test(text) &&
    canHeadList(text.split(separator).map((name) => name.trim()))
  )
    return "it is the header of a CSV list, and must be the first line; remove what is before it";
  if (separator !== undefined && /(?:^|[,;|:"])[0-9]{1,5}(?=$|[,;|:"])/.test(text))
    return `it is not a proxy: its fields are parted by a ${nameOf(separator)}, and such a list needs a CSV header on its first line, such as host,port,user,pass`;
  if (separator !== undefined && !/[0-9]/.test(text)) return unknownHeader;
  return `it is not a proxy: ${partsTrouble(text)}`;
}

/** Why a URL of a known scheme, without that scheme, names no host and port. */
export function urlTrouble(rest: string): string {
  const begin = "it has no valid host and port:";
  const place = rest.slice(rest.lastIndexOf("@") + 1);
  const login = rest.includes("@") ? rest.slice(0, rest.lastIndexOf("@")) : "";
  if (isBareIpv6(place)) return `${begin} an IPv6 address goes in brackets`;
  if (/^[^:@/]+:[0-9]{1,5}$/.test(login) && isAddress(login.slice(0, login.lastIndexOf(":"))))
    return `${begin} the user comes after the @; write user and password before it, host and port after it`;
  if (/^(?:\[[^\]]*\]|[^:]*):[0-9]{1,5}:./.test(place))
    return `${begin} the user comes after the port; write user:pass@ before the host, or remove the scheme and give it with --scheme`;
  if (/#/.test(place)) return `${begin} there is a # and a name after it; remove it`;
  if (/[/?]/.test(place)) return `${begin} there is a path after it; remove it`;
  return `${begin} ${placeTrouble(place)}`;
}

/** What is wrong with a host and port that stand in fields of their own. */
export function addressTrouble(host: string | undefined, port: string | undefined): string {
  if (host === undefined) return "it has no address (host, ip)";
  if (port === undefined) return placeTrouble(host);
  if (/^[0-9]{1,5} *(?:[-–—~:]|\.{2,3}|to) *[0-9]{1,5}$/i.test(port))
    return "its port is a range; write one entry for each port";
  return placeTrouble(
    host.includes(":") && parseIp(host) !== undefined ? `[${host}]:${port}` : `${host}:${port}`,
  );
}

function spaceTrouble(line: string): string {
  if (looksLikeComment(line)) return "it looks like a comment; comments begin with #";
  if (/[,;|]/.test(line) && !/[0-9@]/.test(line)) return unknownHeader;
  if (/[ \t](?:#|\/\/|;|--)/.test(line))
    return "it has a comment after a space; put the comment on a separate line that begins with #";
  if (/^[^\s\t]*\t/.test(line))
    return "its fields are parted by tabs, and such a list needs a header on its first line: host, port, user, pass, parted by tabs too";
  const unseen = unseenProblem(line.replaceAll(/[ \t]/g, "x"));
  if (unseen !== undefined) return `it ${unseen}; delete that character, or type the line again`;
  if (/ [0-9]{1,5}(?= |$)/.test(line))
    return "its fields are separated by a space; write host:port:user:pass, or CSV with a header";
  return "it contains a space; remove what comes after it, or if it belongs to the user or password, write the entry in CSV quotes or JSON";
}

const unknownHeader =
  "it looks like the header of a CSV list, and none of its columns is known as the address; name them host, port, user and pass (or url)";

function partsTrouble(text: string): string {
  const [host = "", port = "", user, ...more] = partsOf(text);
  const at = text.lastIndexOf("@");
  if (at >= 0) return placeTrouble(text.slice(at + 1));
  if (port === "") return placeTrouble(text);
  if (!isHostAndPort(host, port)) return placeTrouble(`${host}:${port}`);
  if (user === "") return "its user is empty";
  return more.length === 0
    ? "it has a user but no password; write host:port:user:pass"
    : "its password is empty; write host:port:user:pass";
}

function partsOf(text: string): readonly string[] {
  const bracketed = /^(\[[^\]]*\])(?::(.*))?$/s.exec(text);
  if (bracketed === null) return text.split(":");
  return [bracketed[1] ?? "", ...(bracketed[2]?.split(":") ?? [])];
}

function placeTrouble(place: string): string {
  const [host = "", port] = partsOf(place);
  if (host === "") return "it has no host";
  if (/^\[[0-9a-f:.]+%/i.test(host))
    return "an IPv6 address with a zone (%) means something on one host only";
  if (parseHost(host) === undefined) return hostTrouble(host);
  if (parseProxyHost(host) === undefined)
    return "its host is an address or number that no proxy can have; write the address or name that the vendor gave";
  if (port === undefined || port === "") return "its port is missing";
  if (/[^\0-\x7f]/.test(port) && /^\p{Nd}+$/u.test(port))
    return "its port is written in digits of another script; write 0 to 9";
  if (/^[0-9]+\/$/.test(port)) return "there is a path after it; remove it";
  if (/^[0-9]+$/.test(port) || isAddress(host)) return "its port is not a number from 1 to 65535";
  return "in no form does it have a valid host and port";
}

function hostTrouble(host: string): string {
  const isMixed = /\p{Script=Latin}/u.test(host) && /[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(host);
  if (isMixed) return "its host mixes letters of two alphabets that look alike; type it again";
  if (/^[0-9]+(?:\.[0-9]+){3}$/.test(host))
    return "its host is no valid IPv4 address: four numbers from 0 to 255, without zeros before them";
  if (/%[0-9a-f]{2}/i.test(host))
    return "its host is percent-encoded; write the letters of its host as they are";
  if (isBase64Login(host)) return "it seems to be encoded with base64; decode it first";
  if (/[^\0-\x7f]/.test(host))
    return "its host holds characters that no name has; if it is right, write it in its xn-- form";
  return "in no form does it have a valid host";
}

function isHostAndPort(host: string, port: string): boolean {
  return parseProxyHost(host) !== undefined && parsePort(port) !== undefined;
}

function isAddress(host: string): boolean {
  return parseIp(host) !== undefined || (host.includes(".") && parseHost(host) !== undefined);
}

function isBareIpv6(place: string): boolean {
  const head = place.slice(0, place.lastIndexOf(":"));
  return [place, head].some((text) => text.includes(":") && parseIp(text) !== undefined);
}

function nameOf(mark: string): string {
  return { ",": "comma", ";": "semicolon", "|": "bar" }[mark] ?? "tab";
}
