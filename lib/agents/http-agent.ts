import { type AgentOptions, type ClientRequest, type ClientRequestArgs, Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent, type RequestOptions } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { UsageError } from "../errors.ts";
import type { ProxySource } from "./proxy-source.ts";
import { openTunnels, type TunnelOptions, type Tunnels } from "./tunnels.ts";

/** How connections are made and kept. */
export interface HttpAgentOptions extends TunnelOptions {
  /** Node's own settings of the pool; connections are kept alive unless told otherwise. `timeout` and `keepAliveMsecs` in ms. */
  readonly pool?: Readonly<
    Pick<
      AgentOptions,
      | "keepAlive"
      | "keepAliveMsecs"
      | "maxSockets"
      | "maxFreeSockets"
      | "maxTotalSockets"
      | "timeout"
      | "scheduling"
    >
  >;
}

/**
 * An agent for `http:` URLs: each connection is a tunnel through the proxy. Requests fail with ProxyAuthError,
 * ProxyUnavailableError or TargetUnreachableError; throws UsageError when the proxy cannot be read.
 */
export function httpAgent(proxy: ProxySource, options: HttpAgentOptions = {}): HttpAgent {
  const agent = new HttpAgent({ ...keptAlive, ...options.pool });
  return throughProxy(agent, openTunnels(proxy, options), (_given, tunnel) => tunnel);
}

/** The same for `https:` URLs: TLS is spoken to the target, inside the tunnel, and verified for the target's name. */
export function httpsAgent(proxy: ProxySource, options: HttpAgentOptions = {}): HttpsAgent {
  const agent = new HttpsAgent({ ...keptAlive, ...options.pool, ...options.tls });
  // Node's own way to secure a connection also keeps TLS sessions for the next one.
  const secure = agent.createConnection.bind(agent);
  return throughProxy(agent, openTunnels(proxy, options), (given, tunnel) => {
    return secure({ ...given, socket: tunnel } as RequestOptions) as Socket;
  });
}

const keptAlive = { keepAlive: true, scheduling: "lifo" } as const;

/** Makes an agent's connections tunnels; `finish` gives the socket that speaks HTTP. */
export function throughProxy<A extends HttpAgent>(
  agent: A,
  tunnels: Tunnels,
  finish: (given: ConnectionWish, tunnel: Socket) => Socket,
): A {
  const open = agent as A & OpenAgent;
  const addRequest = open.addRequest.bind(agent);
  open.addRequest = (request, given, ...rest) => {
    addRequest(request, { ...given, request, isSecure: request.protocol === "https:" }, ...rest);
  };
  agent.createConnection = (given: ConnectionWish, callback?: Connected): undefined => {
    reach(given, tunnels)
      .then((tunnel) => finish(given, tunnel))
      .then(
        (socket) => callback?.(null, socket),
        (error: Error) => (callback as Failed | undefined)?.(error),
      );
  };
  const destroy = agent.destroy.bind(agent);
  agent.destroy = () => {
    tunnels.destroy();
    destroy();
  };
  return agent;
}

/** What Node tells an agent of the connection it wants, and what ours add. */
export interface ConnectionWish extends ClientRequestArgs {
  /** Whether the request that asked first is one of `https:`. */
  readonly isSecure?: boolean;
  readonly request?: ClientRequest;
  readonly servername?: string;
}

// What every agent of the ecosystem overrides, though Node's types leave it out.
interface OpenAgent {
  addRequest(request: ClientRequest, given: object, ...rest: unknown[]): void;
}

type Connected = (error: Error | null, socket: Duplex) => void;
type Failed = (error: Error) => void;

async function reach({ host, port, socketPath, request }: ConnectionWish, tunnels: Tunnels): Promise<Socket> {
  if (socketPath) {
    throw new UsageError(
      "LAUNCH_INVALID_VALUE",
      `The socket ${socketPath} cannot be reached through a proxy.`,
    );
  }
  return await tunnels.open(host ?? "localhost", Number(port), request && whenGivenUp(request));
}

// Node tells an agent nothing of a request that is given up before it has its connection; without this an abort would wait for the dial.
function whenGivenUp(request: ClientRequest): AbortSignal {
  const given = new AbortController();
  const destroy = request.destroy.bind(request);
  request.destroy = (error) => {
    if (request.socket === null) given.abort(error);
    return destroy(error);
  };
  return given.signal;
}
