import type { Spoken } from "../../../domain/proxy/transport.ts";

/** What else a port may speak, by the first bytes that it sends. */
export interface OtherSpeech {
  readonly name: string;
  readonly spoken: Spoken;
}

const speeches: readonly (readonly [RegExp, string, Spoken])[] = [
  [/^HTTP\/1/i, "HTTP", "http"],
  [/^HTTP\/|^hex:0000..04/i, "another version of HTTP", "other"],
  // An alert or a handshake record.
  [/^hex:1[56]03/, "TLS", "tls"],
  [/^hex:05/, "SOCKS5", "socks5"],
  [/^hex:0[04]5[a-d]/, "SOCKS4", "socks4"],
  [/^SSH-/, "SSH", "other"],
  [/^ICY /, "a radio stream", "other"],
  [/^-ERR/, "Redis or mail", "other"],
  [/^[2-5][0-9]{2}[ -]/, "mail or FTP", "other"],
];

/** Whether a web server says that its port wants TLS: nginx, Apache and Go in their own words. */
export function saysToUseTls(text: string): boolean {
  return /plain http request.{0,40}(?:https|ssl|tls)|plain http to an (?:ssl|tls)|http request to an https/is.test(
    text,
  );
}

/** Names what the bytes of an unreadable answer belong to; undefined where nothing known begins so. */
export function otherSpeech(bytes: Uint8Array): OtherSpeech | undefined {
  const text = Buffer.from(bytes).toString("latin1");
  const hex = `hex:${Buffer.from(bytes).toString("hex", 0, 8)}`;
  if (text.startsWith("HTTP/") && saysToUseTls(text)) return { name: "TLS", spoken: "tls" };
  const found = speeches.find(([pattern]) => pattern.test(text) || pattern.test(hex));
  return found && { name: found[1], spoken: found[2] };
}
