import type { Credential } from "../proxy/credential.ts";
import type { ProxyScheme } from "../proxy/proxy-endpoint.ts";
import { Secret } from "../secret.ts";
import { unseenIn } from "../text/unseen.ts";
import { holdsEntry } from "./trouble/second-entry.ts";

/** The user part of an entry while it is being read; it becomes a Credential before it leaves this folder. */
export interface ProxyLogin {
  readonly user: string;
  readonly secretText: string;
}

const socksFieldBytes = 255;

// What stands for the value in a vendor's example or in a template that nobody filled in.
const placeholder =
  /^(?:\$\{\w+\}|\{\{ *[\w.]+ *\}\}|<[a-z _-]*(?:user|pass|login)[a-z _-]*>|\{(?:user|pass|login)[a-z_]*\}|\[(?:your )?(?:user|pass|login)[a-z]*\]|your[_-](?:user|pass|login)[a-z_]*)$/i;

// What a dashboard or a tool shows in the place of a password.
const masked = /^(?:\*{3,}|[•●∙·]{3,})$/u;

/** Says why the proxy could not be given this login; undefined when it could. Never names a value. */
export function loginProblem(scheme: ProxyScheme, login: ProxyLogin): string | undefined {
  const { user, secretText } = login;
  if (user === "") return "its user is empty";
  const unseen = unseenIn("its user", user) ?? unseenIn("its password", secretText);
  if (unseen !== undefined) return unseen;
  if (masked.test(secretText))
    return "its password is masked (only stars or dots); let the vendor's dashboard show it";
  if (placeholder.test(user) || placeholder.test(secretText))
    return "its user or password is only a placeholder; write the real one";
  // RFC 7617: in Basic authentication the first colon ends the user.
  if (scheme !== "socks5" && user.includes(":"))
    return "its user contains a colon, which an HTTP proxy would read as the start of the password";
  // RFC 1929: one length byte each.
  if (scheme === "socks5" && [user, secretText].some(isTooLongForSocks))
    return `its user or password is longer than ${socksFieldBytes} bytes, the most that SOCKS5 allows`;
  return undefined;
}

/** Says what is wrong with a user or password that was given by itself: unseen characters, or a whole entry pasted in its place. */
export function fieldProblem(what: string, text: string): string | undefined {
  if (holdsEntry(text))
    return `${what} contains an address with its port: it seems to be a whole entry, or several`;
  return unseenIn(what, text);
}

/** Says what is wrong with a password that was given by itself, through a flag, a file, stdin or a question. Never names it. */
export function passwordProblem(what: string, text: string): string | undefined {
  const problem = fieldProblem(what, text);
  if (problem !== undefined) return problem;
  const settle = "If that belongs to the password, import the proxy as JSON";
  if (masked.test(text)) return `${what} is masked (only stars or dots); let the vendor's dashboard show it`;
  if (placeholder.test(text)) return `${what} is only a placeholder`;
  if (/^(["'`]).+\1$/.test(text)) return `${what} is in quotes. ${settle}`;
  if (/^[“”„«‘’‚]/.test(text)) return `${what} begins with a quote of a word processor. ${settle}`;
  if (/^(?:export +)?(?:\w+_)?(?:pass(?:word|wd)?|pwd|secret) *[=:] *./i.test(text))
    return `${what} begins with the name of a setting. ${settle}`;
  return undefined;
}

/** The login with its secret wrapped, as it leaves this folder. */
export function credentialOf(login: ProxyLogin | undefined): Credential | undefined {
  return login === undefined ? undefined : { user: login.user, secret: new Secret(login.secretText) };
}

/** Splits `user:pass` at its first colon; without a colon all of it is the user. */
export function splitLogin(text: string): ProxyLogin {
  const colon = text.indexOf(":");
  if (colon < 0) return { user: text, secretText: "" };
  return { user: text.slice(0, colon), secretText: text.slice(colon + 1) };
}

/** What percent signs in a text can mean: nothing, an encoding, or something that must be asked. */
export function percentMeaning(text: string): "literal" | "encoded" | "unclear" {
  const signs = text.split("%").length - 1;
  const escapes = text.match(/%[0-9A-Fa-f]{2}/g)?.length ?? 0;
  if (escapes === 0) return "literal";
  return escapes === signs && decodePercent(text) !== undefined ? "encoded" : "unclear";
}

/** Decodes percent escapes; undefined when they are no UTF-8. */
export function decodePercent(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function isTooLongForSocks(text: string): boolean {
  return new TextEncoder().encode(text).length > socksFieldBytes;
}
