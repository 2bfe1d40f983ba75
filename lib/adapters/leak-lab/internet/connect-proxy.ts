import { once } from "node:events";
import { createServer } from "node:http";
import { connect, isIP, type LookupFunction } from "node:net";
import type { Duplex } from "node:stream";
import { labAddresses } from "../lab-addresses.ts";

/** An HTTP CONNECT proxy that asks for a credential and leaves from the lab's exit address. */
export async function serveConnectProxy(credential: {
  readonly user: string;
  readonly secret: string;
}): Promise<void> {
  const { proxyHost, proxyPort } = labAddresses;
  const expected = `Basic ${Buffer.from(`${credential.user}:${credential.secret}`).toString("base64")}`;
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on("connect", (request, socket, head) => {
    socket.on("error", () => {});
    if (request.headers["proxy-authorization"] !== expected) {
      socket.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="lab"\r\n\r\n',
      );
    } else tunnel(request.url ?? "", socket, head);
  });
  server.listen(proxyPort, proxyHost);
  await once(server, "listening");
}

function tunnel(authority: string, client: Duplex, head: Buffer): void {
  const [, host = "", port] = /^\[?(.*?)\]?:(\d+)$/.exec(authority) ?? [];
  const target = connect({
    host,
    port: Number(port),
    lookup: lookupTarget,
    localAddress: isIP(host) === 6 ? labAddresses.exitIpv6 : labAddresses.exit,
  });
  let isOpen = false;
  target.once("connect", () => {
    isOpen = true;
    client.write("HTTP/1.1 200 Connection established\r\n\r\n");
    target.write(head);
    target.pipe(client).pipe(target);
  });
  target.on("error", () => (isOpen ? client.destroy() : client.end("HTTP/1.1 502 Bad Gateway\r\n\r\n")));
  client.on("close", () => target.destroy());
}

// The proxy knows every name by itself, so that each question at a DNS server is somebody else's.
const lookupTarget: LookupFunction = (_hostname, options, callback) => {
  if (options.all === true) callback(null, [{ address: labAddresses.target, family: 4 }]);
  else callback(null, labAddresses.target, 4);
};
