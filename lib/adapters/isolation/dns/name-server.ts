import {
  answerCodes,
  type DnsQuestion,
  formatAnswer,
  ipv4Bytes,
  parseQuestion,
  recordTypes,
} from "./dns-message.ts";
import type { FakeAddresses } from "./fake-addresses.ts";

export interface NameServerOptions {
  readonly addresses: FakeAddresses;
  /** Search domains of the host: a name below one was completed by a resolver and is not what the bot meant. */
  readonly searchDomains: readonly string[];
  /** Names that mean the bot's own host. */
  readonly ownNames: readonly string[];
  /** Names of one label that are answered all the same. */
  readonly knownNames: readonly string[];
}

/** Answers one message; undefined when it deserves none. */
export type NameServer = (message: Buffer) => Buffer | undefined;

/**
 * Answers every name with an address that stands for it, so that the name itself goes to the proxy and is resolved there.
 * Only IPv4 addresses are given: AAAA, HTTPS and all other types exist but are empty, which makes programs go on with A.
 */
export function nameServer(options: NameServerOptions): NameServer {
  const own = new Set(["localhost", ...options.ownNames.map((name) => name.toLowerCase())]);
  const known = new Set(options.knownNames);
  const suffixes = options.searchDomains.map(
    (domain) => `.${domain.toLowerCase().replace(/^\.+|\.+$/g, "")}`,
  );
  const isRefused = ({ name }: DnsQuestion): boolean => {
    if (own.has(name) || known.has(name)) return false;
    return !isPlainName(name) || suffixes.some((suffix) => suffix !== "." && name.endsWith(suffix));
  };
  return (message) => {
    const question = parseQuestion(message);
    if (question === undefined) return undefined;
    if (question.opcode !== 0) return formatAnswer(question, answerCodes.notImplemented);
    if (isRefused(question)) return formatAnswer(question, answerCodes.noSuchName);
    if (question.type !== recordTypes.a) return formatAnswer(question, answerCodes.fine);
    const address = own.has(question.name) ? "127.0.0.1" : options.addresses.addressOf(question.name);
    return formatAnswer(question, answerCodes.fine, ipv4Bytes(address));
  };
}

// A label may hold any byte on the wire; here the name ends up in a CONNECT line.
function isPlainName(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(name);
}
