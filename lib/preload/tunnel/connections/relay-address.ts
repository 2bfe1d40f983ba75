import { isLoopbackIp } from "../loopback/addresses.ts";

/** The launcher's relay as this process reaches it. */
export interface RelayAddress {
  readonly host: string;
  readonly port: number;
  /** The value of Proxy-Authorization: the run token. */
  readonly authorization: string | undefined;
}

/** Reads the relay that the launcher set; throws when there is none, or one that is not on this machine. */
export function readRelay(env: NodeJS.ProcessEnv): RelayAddress {
  const text = env["HTTPS_PROXY"];
  if (text === undefined || text === "") throw new Error("HTTPS_PROXY does not name the relay");
  const url = parse(text);
  const host = url?.hostname.replace(/^\[|\]$/g, "");
  if (url === undefined || host === undefined || url.protocol !== "http:" || !isLoopbackIp(host)) {
    throw new Error("HTTPS_PROXY does not name a relay on this machine");
  }
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return {
    host,
    port: url.port === "" ? 80 : Number(url.port),
    authorization: user === ":" ? undefined : `Basic ${Buffer.from(user).toString("base64")}`,
  };
}

// URL's own message would quote the text, and the run token with it.
function parse(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
