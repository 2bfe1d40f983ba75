import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type IpAddress, parseIp } from "../../domain/ip.ts";
import { formatAuthority } from "../../domain/proxy/proxy-endpoint.ts";
import { UsageError } from "../../errors.ts";

export interface EchoServerOptions {
  /** The address to listen on. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Called for every answered question. */
  readonly onAnswer?: (answer: { readonly ip: string; readonly path: string }) => void;
}

export interface EchoServer {
  readonly host: string;
  readonly port: number;
  /** Ends open connections too. */
  close(): Promise<void>;
}

/** A self-hosted witness: tells every caller the address it came from, and believes no header about it. */
export async function startEchoServer(options: EchoServerOptions): Promise<EchoServer> {
  const server = createServer(
    {
      headersTimeout: 5_000,
      requestTimeout: 10_000,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: 8_192,
    },
    (request, response) => answer(request, response, options),
  );
  // Enough for every bot of a host at once; a flood waits in the backlog instead of in our memory.
  server.maxConnections = 1_024;
  await listen(server, options);
  const { address, port } = server.address() as AddressInfo;
  return {
    host: address,
    port,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, options: EchoServerOptions): void {
  const path = (request.url ?? "").split("?")[0] ?? "";
  const form = formOf(path, request.headers.accept ?? "");
  const ip = parseIp((request.socket.remoteAddress ?? "").replace(/%.*$/, ""));
  response.shouldKeepAlive = false;
  if (request.method !== "GET" && request.method !== "HEAD") refuse(response, 405);
  else if (form === undefined) refuse(response, 404);
  // The caller is gone already.
  else if (ip === undefined) response.destroy();
  else {
    tell(response, ip, form);
    options.onAnswer?.({ ip, path });
  }
}

function tell(response: ServerResponse, ip: IpAddress, form: "json" | "text"): void {
  const body = form === "json" ? `${JSON.stringify({ ip })}\n` : `${ip}\n`;
  response.writeHead(200, {
    "content-type": form === "json" ? "application/json" : "text/plain; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
  });
  response.end(body);
}

function formOf(path: string, accept: string): "json" | "text" | undefined {
  if (path === "/json") return "json";
  if (path === "/ip") return "text";
  if (path !== "/") return undefined;
  return accept.includes("application/json") ? "json" : "text";
}

function refuse(response: ServerResponse, status: 404 | 405): void {
  response.writeHead(status, { "content-length": 0, ...(status === 405 ? { allow: "GET, HEAD" } : {}) });
  response.end();
}

async function listen(server: Server, { host, port }: EchoServerOptions): Promise<void> {
  server.listen({ host, port });
  try {
    await once(server, "listening");
  } catch (cause) {
    throw cannotListen(cause, formatAuthority(host, port));
  }
}

function cannotListen(cause: unknown, authority: string): UsageError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: "another program listens there",
    EADDRNOTAVAIL: "this host has no such address",
    EACCES: "a port below 1024 needs more privileges",
    ENOTFOUND: "the name is not known",
  };
  const why = reasons[code] ?? (cause instanceof Error ? cause.message : String(cause));
  return new UsageError("LAUNCH_INVALID_VALUE", `The echo server cannot listen on ${authority}: ${why}.`, {
    hint: "Choose another with `launch echo --host <address> --port <port>`.",
    cause,
  });
}
