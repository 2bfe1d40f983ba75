import type { Socket } from "node:net";
import { RequestError, Server, type ServerOptions } from "proxy-chain";
import type { LabCertificates } from "./certificates.ts";
import { type Fault, type ListenAt, openFront } from "./front.ts";
import { isKnown, type LabNames, lookupIn } from "./names.ts";

export interface LabProxyOptions {
  readonly listen?: ListenAt;
  /** The local address that outgoing connections leave from: the exit that targets see. */
  readonly exitAddress: string;
  /** Where those to IPv6 targets leave from; nothing: the proxy reaches none. */
  readonly exitAddressV6?: string | undefined;
  /** Nothing: the proxy asks for no credential. */
  readonly user?: string | undefined;
  readonly pass?: string | undefined;
  readonly names: LabNames;
}

/** A real forward proxy with its own exit address, which can be made to fail. */
export interface LabProxy {
  readonly scheme: "http" | "https" | "socks5";
  readonly host: string;
  readonly port: number;
  readonly exitAddress: string;
  counters(): LabProxyCounters;
  setFault(fault: Fault): void;
  /** From now on connections leave from another address, as when a vendor swaps an exit without a word. */
  setExit?(address: string): void;
  /** Ends the listener and every tunnel at once. */
  kill(): Promise<void>;
  /** Listens again on the same port. */
  revive(): Promise<void>;
  close(): Promise<void>;
}

export interface LabProxyCounters {
  /** TCP connections accepted since the start, and open now. */
  readonly accepted: number;
  readonly open: number;
  /** CONNECT and absolute-form requests, or SOCKS requests, that came with the right credential. */
  readonly requests: number;
  /** Requests without the right credential. */
  readonly refused: number;
  /** `host:port` of every request that was let through, in order. */
  readonly targets: readonly string[];
}

/** An authenticated HTTP forward proxy (proxy-chain); names resolve by the table alone. */
export function startHttpProxy(options: LabProxyOptions): Promise<LabProxy> {
  return startProxy("http", options, { serverType: "http" });
}

/** The same behind TLS: clients speak `https://` to the proxy itself. */
export function startTlsProxy(
  options: LabProxyOptions & { readonly certificates: LabCertificates },
): Promise<LabProxy> {
  const { cert, key } = options.certificates;
  return startProxy("https", options, { serverType: "https", httpsOptions: { cert, key } });
}

async function startProxy(
  scheme: "http" | "https",
  options: LabProxyOptions,
  serverOptions: Partial<ServerOptions>,
): Promise<LabProxy> {
  const seen = { requests: 0, refused: 0, targets: [] as string[] };
  let { exitAddress } = options;
  const server = new Server({
    ...serverOptions,
    prepareRequestFunction: ({ username, password, hostname, port }) => {
      if (front.fault.kind === "status") {
        throw new RequestError("The lab says no.", front.fault.status, { "X-Lab-Fault": "status" });
      }
      const isWelcome =
        options.user === undefined || (username === options.user && password === options.pass);
      if (!isWelcome) {
        seen.refused++;
        return { requestAuthentication: true, failMsg: "Wrong credential." };
      }
      // proxy-chain itself would only hang up; a real proxy says what it could not resolve.
      if (!isKnown(hostname, options.names)) throw new RequestError("Unknown name.", 502);
      seen.requests++;
      seen.targets.push(`${hostname}:${port}`);
      return {
        localAddress: exitTo({ ...options, exitAddress }, hostname),
        dnsLookup: lookupIn(options.names) as never,
      };
    },
  } as ServerOptions);
  server.on("requestFailed", () => {});
  const front = await openFront(options.listen ?? {}, (socket: Socket) => {
    server.server.emit("connection", socket);
  });
  return {
    scheme,
    host: front.host,
    port: front.port,
    exitAddress: options.exitAddress,
    counters: () => ({ accepted: front.accepted, open: front.open, ...seen, targets: [...seen.targets] }),
    setFault: front.setFault,
    setExit(address) {
      exitAddress = address;
    },
    kill: front.kill,
    revive: front.revive,
    async close() {
      await front.kill();
      server.closeConnections();
    },
  };
}

function exitTo({ exitAddress, exitAddressV6, names }: LabProxyOptions, hostname: string): string {
  const address = names[hostname.toLowerCase()] ?? hostname;
  return exitAddressV6 !== undefined && address.includes(":") ? exitAddressV6 : exitAddress;
}
