import type { Socket as DatagramSocket } from "node:dgram";
import type { Server, Socket } from "node:net";
import type { LocalTarget } from "../../../domain/run/reach/bypass.ts";
import type { AttachedListener } from "../../../ports/relay.ts";
import type { FakeAddresses } from "../dns/fake-addresses.ts";
import { nameServer } from "../dns/name-server.ts";
import { serveDatagrams, serveStream } from "../dns/serve-names.ts";
import { type InsideMessage, selfTestGreeting, selfTestName } from "../inside/messages.ts";
import { bypassDestination, forwardedDestination } from "./destinations.ts";

export interface HandedOutOptions {
  readonly addresses: FakeAddresses;
  /** The bypass targets with the places that stand for them inside, by the index that the messages name. */
  readonly local: readonly {
    readonly address: string;
    readonly port: number;
    readonly target: LocalTarget;
  }[];
  readonly searchDomains: readonly string[];
  readonly hostName: string;
}

/** The sockets that came out of a network: answers names itself and keeps the rest for the relay; during the test it also answers the connection that the test makes. */
export function serveHandedOut(options: HandedOutOptions) {
  const { addresses, local } = options;
  const answer = nameServer({
    addresses,
    searchDomains: options.searchDomains,
    ownNames: [options.hostName],
    knownNames: local.map(({ target }) => target.host),
  });
  const sockets: (Server | DatagramSocket)[] = [];
  const listeners: AttachedListener[] = [];
  let isTesting = true;
  const serve = (server: Server, bypass: LocalTarget | undefined): void => {
    // A forwarded port is taken on the loopback too, where an bypass target may have the same number.
    const destinationOf = (client: Socket) =>
      bypass ?? bypassDestination(client, local) ?? forwardedDestination(client, addresses);
    server.on("error", () => {});
    server.on("connection", (client) => {
      if (isTesting && destinationOf(client)?.host === selfTestName)
        client.on("error", () => {}).end(selfTestGreeting);
      else client.setNoDelay(true);
    });
    listeners.push({ server, destinationOf });
  };
  return {
    take(message: InsideMessage, handle: unknown): void {
      const socket = handle as Server & DatagramSocket;
      if (message.type === "names") serveDatagrams(socket, answer);
      else if (message.type === "names-stream") serveStream(socket, answer);
      else if (message.type === "forwarded") serve(socket, undefined);
      else if (message.type === "local") serve(socket, local[message.index]?.target);
      else return;
      sockets.push(socket);
    },
    /** Those that the relay has to serve; until it does, nothing that connects there gets any further. */
    listeners,
    /** From now on every connection is the bot's. */
    endTest(): void {
      isTesting = false;
    },
    close(): void {
      for (const socket of sockets.splice(0)) socket.close();
    },
  };
}
