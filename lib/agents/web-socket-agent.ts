import { Agent } from "node:http";
import { connect } from "node:tls";
import { throughProxy } from "./http-agent.ts";
import type { ProxySource } from "./proxy-source.ts";
import { openTunnels, type TunnelOptions } from "./tunnels.ts";

/**
 * An agent for WebSocket clients that take one (`ws`, engine.io, …), for `wss:` and `ws:` URLs alike: every stream has a
 * connection of its own. Streams fail with ProxyAuthError, ProxyUnavailableError or TargetUnreachableError; throws
 * UsageError when the proxy cannot be read.
 */
export function webSocketAgent(proxy: ProxySource, options: TunnelOptions = {}): Agent {
  const agent = new Agent({ keepAlive: false });
  // Without a protocol of its own an agent serves both: Node compares only what is set. Clients that name no port mean that of `wss:`.
  Object.assign(agent, { protocol: undefined, defaultPort: 443 });
  return throughProxy(agent, openTunnels(proxy, options), ({ isSecure, servername, host }, tunnel) => {
    if (isSecure !== true) return tunnel;
    const name = servername ? { servername } : { host: host ?? "localhost" };
    return connect({ ...options.tls, ...name, socket: tunnel });
  });
}
