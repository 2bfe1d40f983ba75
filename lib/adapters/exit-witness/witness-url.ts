import { isIP } from "node:net";

/** A witness's URL, taken apart for a connection that somebody else opens. */
export interface WitnessTarget {
  readonly isTls: boolean;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** What TLS asks for by name; undefined for an address literal, which SNI does not allow. */
  readonly serverName: string | undefined;
  readonly hostHeader: string;
  readonly path: string;
}

/** Takes a witness's URL apart; undefined when it is not a plain http or https URL. */
export function parseWitnessUrl(text: string): WitnessTarget | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isTls = url.protocol === "https:";
  if ((!isTls && url.protocol !== "http:") || url.username !== "" || url.password !== "") return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return {
    isTls,
    host,
    port: url.port === "" ? (isTls ? 443 : 80) : Number(url.port),
    serverName: isIP(host) === 0 ? host : undefined,
    hostHeader: url.host,
    path: `${url.pathname}${url.search}`,
  };
}
