import type { Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { systemClock } from "../adapters/clock/system-clock.ts";
import { type DialPlan, dialUpstream } from "../adapters/relay/outbound/dial.ts";
import { RelayFailure } from "../adapters/relay/outbound/relay-failure.ts";
import { parseHost } from "../domain/proxy/proxy-endpoint.ts";
import { UsageError } from "../errors.ts";
import { agentErrorOf } from "./agent-error.ts";
import { type ProxySource, readProxySource } from "./proxy-source.ts";

/** How connections through the proxy are made, the same for every client. */
export interface TunnelOptions {
  /** How long the TCP connection to the proxy may take; 5,000 unless given. */
  readonly connectMs?: number;
  /** How long it may take until the proxy has reached the target, all in all; 10,000 unless given. */
  readonly totalMs?: number;
  /** Authorities for an `https://` proxy in place of Node's own; PEM. */
  readonly proxyCa?: string;
  /** TLS to the target: authorities in place of Node's own, a client certificate, versions. It is always verified. */
  readonly tls?: TargetTls;
}

/** The part of Node's TLS options that does not weaken the check of the target. */
export type TargetTls = Readonly<
  Pick<
    ConnectionOptions,
    "ca" | "cert" | "key" | "pfx" | "passphrase" | "minVersion" | "maxVersion" | "ciphers"
  >
>;

/** Opens connections to targets through one proxy. */
export interface Tunnels {
  /**
   * A connection that the proxy joined to the target. Rejects with ProxyAuthError, ProxyUnavailableError,
   * TargetUnreachableError or UsageError, or with the signal's reason.
   */
  open(host: string, port: number, signal?: AbortSignal): Promise<Socket>;
  /** Ends the dials that are under way. */
  destroy(): void;
}

/** Prepares the way through a proxy; throws UsageError when it cannot be read. Nothing is dialled yet. */
export function openTunnels(proxy: ProxySource, options: TunnelOptions): Tunnels {
  const upstream = readProxySource(proxy);
  const dialling = new Set<Socket>();
  return {
    async open(host, port, signal) {
      const target = { host: readTargetHost(host), port };
      let dialled: Socket | undefined;
      const giveUp = () => dialled?.destroy();
      const onSocket = (socket: Socket): void => {
        dialled = socket;
        dialling.add(socket);
        signal?.addEventListener("abort", giveUp);
      };
      try {
        return await dial({ upstream, target, onSocket }, options);
      } catch (error) {
        signal?.throwIfAborted();
        throw error instanceof RelayFailure ? agentErrorOf(error) : error;
      } finally {
        signal?.removeEventListener("abort", giveUp);
        if (dialled !== undefined) dialling.delete(dialled);
      }
    },
    destroy() {
      for (const socket of dialling) socket.destroy();
    },
  };
}

async function dial(
  way: Pick<DialPlan, "upstream" | "target" | "onSocket">,
  { connectMs = 5_000, totalMs = 10_000, proxyCa }: TunnelOptions,
): Promise<Socket> {
  const socket = await dialUpstream({ ...way, connectMs, totalMs, proxyCa }, systemClock);
  // Clients keep idle connections: one that its target has ended must close instead of waiting, half open, for the next request.
  socket.allowHalfOpen = false;
  return socket;
}

// What is no host name could end the CONNECT line and begin another header.
function readTargetHost(text: string): string {
  const host = parseHost(text);
  if (host !== undefined) return host;
  throw new UsageError("LAUNCH_INVALID_VALUE", `${JSON.stringify(text)} is not a valid target host.`);
}
