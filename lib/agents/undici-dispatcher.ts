import type { Socket } from "node:net";
import type { Agent, buildConnector } from "undici";
import { ConfigError } from "../errors.ts";
import type { ProxySource } from "./proxy-source.ts";
import { openTunnels, referTogether, type TunnelOptions } from "./tunnels.ts";

/** How connections are made and kept. */
export interface DispatcherOptions extends TunnelOptions {
  /** undici's own settings of the pool: `connections` an origin, `keepAliveTimeout`, `headersTimeout`, `bodyTimeout` in ms. */
  readonly pool?: Readonly<
    Pick<
      Agent.Options,
      | "connections"
      | "pipelining"
      | "keepAliveTimeout"
      | "keepAliveMaxTimeout"
      | "headersTimeout"
      | "bodyTimeout"
    >
  >;
}

/**
 * A dispatcher for undici 7 (`request`, `fetch`, `WebSocket`, and Node's own `fetch`), which the program has to have installed.
 * Rejects with ConfigError LAUNCH_PACKAGE_MISSING when it has not, and with UsageError when the proxy cannot be read. What fails in a
 * dial is the error of `request`, and the `cause` of the error of `fetch`.
 */
export async function undiciDispatcher(proxy: ProxySource, options: DispatcherOptions = {}): Promise<Agent> {
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
      secure({ ...target, httpSocket: tunnel }, (...result) => {
        const [error, secured] = result;
        if (error === null) referTogether(secured, tunnel);
        callback(...result);
      });
    };
    tunnels
      .open(target.hostname, port)
      .then(finish)
      .catch((error: Error) => callback(error, null));
  };
  return new undici.Agent({ ...options.pool, connect });
}

/** The program's own undici; rejects with ConfigError when it has none. */
export async function loadUndici(): Promise<typeof import("undici")> {
  try {
    return await import("undici");
  } catch (cause) {
    throw new ConfigError("LAUNCH_PACKAGE_MISSING", "The package undici is not installed.", {
      cause,
      hint: "Run: npm install undici@7",
    });
  }
}
