import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, isIP, type LookupFunction, type Socket } from "node:net";
import { labAddresses } from "../site/lab-addresses.ts";

/** What is done with a client that may pass: `head` is what it sent together with its request. */
export type Tunnel = (
  target: { readonly host: string; readonly port: number },
  client: Socket,
  head: Buffer,
) => void;

export interface ConnectProxyOptions {
  readonly credential: { readonly user: string; readonly secret: string };
  readonly listen: { readonly host: string; readonly port: number };
  readonly tunnel: Tunnel;
}

/** An HTTP CONNECT proxy that asks for a credential; gives back its port. */
export async function serveConnectProxy({
  credential,
  listen,
  tunnel,
}: ConnectProxyOptions): Promise<number> {
  const expected = `Basic ${Buffer.from(`${credential.user}:${credential.secret}`).toString("base64")}`;
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on("connect", (request, socket, head) => {
    socket.on("error", () => {});
    if (request.headers["proxy-authorization"] === expected) {
      const [, host = "", port] = /^\[?(.*?)\]?:(\d+)$/.exec(request.url ?? "") ?? [];
      tunnel({ host, port: Number(port) }, socket as Socket, head);
    } else {
      socket.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="lab"\r\n\r\n',
      );
    }
  });
  server.listen(listen.port, listen.host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** What a proxy says before a tunnel, and in place of one that cannot be made. */
export const tunnelAnswers = {
  open: "HTTP/1.1 200 Connection established\r\n\r\n",
  failed: "HTTP/1.1 502 Bad Gateway\r\n\r\n",
} as const;

/** Leads a client to its target from the lab's exit address. */
export const tunnelFromExit: Tunnel = ({ host, port }, client, head) => {
  const localAddress = isIP(host) === 6 ? labAddresses.exitIpv6 : labAddresses.exit;
  const target = connect({ host, port, lookup: lookupTarget, localAddress });
  let isOpen = false;
  target.once("connect", () => {
    isOpen = true;
    client.write(tunnelAnswers.open);
    target.write(head);
    target.pipe(client).pipe(target);
  });
  target.on("error", () => (isOpen ? client.destroy() : client.end(tunnelAnswers.failed)));
  client.on("close", () => target.destroy());
};

// The proxy knows every name by itself, so that each question at a DNS server is somebody else's.
const lookupTarget: LookupFunction = (_hostname, options, callback) => {
  if (options.all === true) callback(null, [{ address: labAddresses.target, family: 4 }]);
  else callback(null, labAddresses.target, 4);
};
