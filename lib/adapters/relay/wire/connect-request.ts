/** A CONNECT request with nothing in its head that could be read in two ways, and what its client said behind it. */
export interface PlainConnect {
  readonly authority: string;
  /** The value of Proxy-Authorization. */
  readonly authorization: string | undefined;
  readonly rest: Buffer;
}

/** Reads a whole CONNECT head of the common form; undefined for every other beginning, which is left to Node's parser. */
export function readPlainConnect(bytes: Buffer): PlainConnect | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end === -1 || end > mostHeadBytes) return undefined;
  const [line = "", ...headers] = bytes.toString("latin1", 0, end).split("\r\n");
  const authority = /^CONNECT ([\w.:[\]-]+) HTTP\/1\.1$/.exec(line)?.[1];
  if (authority === undefined) return undefined;
  let authorization: string | undefined;
  for (const header of headers) {
    const [, written = "", value = ""] = /^([A-Za-z-]+):[\t ]*([\t -~]*)$/.exec(header) ?? [];
    const name = written.toLowerCase();
    if (!plainHeaders.has(name)) return undefined;
    if (name !== "proxy-authorization") continue;
    if (authorization !== undefined) return undefined;
    authorization = value.trimEnd();
  }
  return { authority, authorization, rest: bytes.subarray(end + 4) };
}

const mostHeadBytes = 4_096;

// What clients of proxies send with CONNECT. None of them frames a body, and only one of them means something to us.
const plainHeaders = new Set(["host", "user-agent", "connection", "proxy-connection", "proxy-authorization"]);
