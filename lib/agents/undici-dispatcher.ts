import type { Socket } from "node:net";
import type { buildConnector } from "undici";
import { loadUndici } from "./load-undici.ts";
import type { ProxySource } from "./proxy-source.ts";
import { openTunnels, type TunnelOptions } from "./tunnels.ts";

// A strict compiler would refuse this file's types in a program without undici, which may use everything else; the line stays in the types we ship.
// biome-ignore lint/suspicious/noTsIgnore: here undici is there, so nothing is to be expected
/** @ts-ignore: undici's own agent, and `any` for programs that do not have undici. */
export type UndiciAgent = import("undici").Agent;

/** How connections are made and kept. */
export interface DispatcherOptions extends TunnelOptions {
  /** undici's own settings of the pool: `connections` and `pipelining` for each origin, times in ms. */
  readonly pool?: {
    readonly connections?: number;
    readonly pipelining?: number;
    readonly keepAliveTimeout?: number;
    readonly keepAliveMaxTimeout?: number;
    readonly headersTimeout?: number;
    readonly bodyTimeout?: number;
  };
}

/**
 * A dispatcher for undici 7 (`request`, `fetch`, `WebSocket`, and Node's own `fetch`), which the program has to have installed.
 * Rejects with ConfigError LAUNCH_PACKAGE_MISSING when it has not, and with UsageError when the proxy cannot be read. What fails in a
 * dial is the error of `request`, and the `cause` of the error of `fetch`.
 */
export async function undiciDispatcher(
  proxy: ProxySource,
  options: DispatcherOptions = {},
): Promise<UndiciAgent> {
  const tunnels = openTunnels(proxy, options);
  const undici = await loadUndici();
  const secure = undici.buildConnector({ ...options.tls });
  const connect: buildConnector.connector = (target, callback) => {
    const port = Number(target.port) || (target.protocol === "https:" ? 443 : 80);
    const finish = (tunnel: Socket): void => {
      if (target.protocol !== "https:") {
        callback(null, tunnel);
        return;
      }
      secure({ ...target, httpSocket: tunnel }, callback);
    };
    tunnels
      .open(target.hostname, port)
      .then(finish)
      .catch((error: Error) => callback(error, null));
  };
  return new undici.Agent({ ...options.pool, connect });
}
