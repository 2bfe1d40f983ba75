import type { Socket as DatagramSocket } from "node:dgram";
import { closeSync, openSync, readlinkSync } from "node:fs";
import { isIP, type Server, type Socket } from "node:net";
import type { LocalTarget } from "../../../domain/run/exemption.ts";
import type { Dial } from "../../../ports/exit-witness.ts";
import type { AttachedListener } from "../../../ports/relay.ts";
import { type FakeAddresses, openFakeAddresses } from "../dns/fake-addresses.ts";
import { nameServer } from "../dns/name-server.ts";
import { serveDatagrams, serveStream } from "../dns/serve-names.ts";
import { type Privilege, unshareWords } from "../entrance-words.ts";
import type { Masks } from "../host/masks.ts";
import type { Tools } from "../host/tools.ts";
import { type InsideMessage, type InsidePlan, selfTestGreeting } from "../inside/messages.ts";
import { refusedAttempts } from "../refused-ports.ts";
import { forwardedDestination, insideAddresses } from "./destinations.ts";
import { SetupFailure, startSetup } from "./setup-process.ts";
import { setupScript } from "./setup-script.ts";

export interface NetworkOptions {
  readonly tools: Tools;
  readonly privilege: Privilege;
  readonly masks: Masks;
  readonly botSocket: string | undefined;
  readonly ports: readonly number[];
  readonly local: readonly LocalTarget[];
  readonly searchDomains: readonly string[];
  readonly hostName: string;
  /** The compiled inside process, and the Node that runs it. */
  readonly insideScript: string;
  readonly node: string;
}

/** A network of a bot's own, readied and tested. It lives while its descriptors are open or a process is in it. */
export interface BotNetwork {
  readonly namespaces: { readonly user: string; readonly net: string; readonly mnt: string };
  /** As the kernel names the network: "net:[4026532281]"; undefined once it is closed, because the number may be another's. */
  name(): string | undefined;
  /** Connections that it refused to the self-test. */
  readonly refusedAtStart: number;
  /** What the relay serves. */
  readonly listeners: readonly AttachedListener[];
  /** The process that readied it: it opens connections from inside, once the relay serves them, until it is let go. */
  readonly first: InsideDialer;
  /** The address that leads to a host from inside. */
  readonly addressOf: (host: string) => string;
  /** Closes everything of it that the launcher holds. */
  close(): void;
}

/** A process of ours inside that opens connections. */
export interface InsideDialer {
  readonly dial: Dial;
  close(): void;
}

/** Makes a network; rejects with SetupFailure. */
export async function makeNetwork(options: NetworkOptions): Promise<BotNetwork> {
  const addresses = openFakeAddresses();
  const answer = nameServer({
    addresses,
    searchDomains: options.searchDomains,
    ownNames: [options.hostName],
    knownNames: options.local.map(({ host }) => host),
  });
  const local = options.local.flatMap((target) =>
    insideAddresses(target, addresses).map((address) => ({ address, port: target.port, target })),
  );
  const listeners: AttachedListener[] = [];
  let stopGreeting = (): void => {};
  const sockets: (Server | DatagramSocket)[] = [];
  const take = (message: InsideMessage, handle: unknown): void => {
    const socket = handle as Server & DatagramSocket;
    sockets.push(socket);
    if (message.type === "names") serveDatagrams(socket, answer);
    else if (message.type === "names-stream") serveStream(socket, answer);
    else {
      const exempt = message.type === "local" ? local[message.index]?.target : undefined;
      const listener = listenerOf(socket, (client) => exempt ?? forwardedDestination(client, addresses));
      if (listeners.length === 0) stopGreeting = greetSelfTest(listener);
      listeners.push(listener);
    }
  };
  const setup = startSetup(setupWords(options, insidePlan(options.ports, local)));
  const namespaces = new Map<string, number>();
  let refusedAtStart = 0;
  const close = (): void => {
    setup.release();
    for (const socket of sockets.splice(0)) socket.close();
    for (const descriptor of namespaces.values()) closeSync(descriptor);
    namespaces.clear();
  };
  try {
    const failures = await setup.readied(take);
    if (failures.length > 0) throw new SetupFailure(`launch-step: self-test ${failures.join("; ")}`);
    stopGreeting();
    for (const name of ["user", "net", "mnt"])
      namespaces.set(name, openSync(`/proc/${setup.pid}/ns/${name}`, "r"));
    refusedAtStart = refusedAttempts(setup.pid);
  } catch (error) {
    setup.kill();
    close();
    throw error instanceof SetupFailure ? error : new SetupFailure(String(error), { cause: error });
  }
  // Through /proc a child opens them before it enters, and inherits none.
  const pathOf = (name: string) => `/proc/${process.pid}/fd/${namespaces.get(name)}`;
  const name = readlinkSync(pathOf("net"));
  const addressOf = leadingTo(addresses);
  return {
    namespaces: { user: pathOf("user"), net: pathOf("net"), mnt: pathOf("mnt") },
    name: () => (namespaces.size === 0 ? undefined : name),
    refusedAtStart,
    listeners,
    first: { dial: setup.dial(addressOf), close: () => setup.release() },
    addressOf,
    close,
  };
}

function leadingTo(addresses: FakeAddresses): BotNetwork["addressOf"] {
  return (host) => (isIP(host) === 0 ? addresses.addressOf(host.toLowerCase()) : host);
}

const selfTestName = "self-test.launch.invalid";

function insidePlan(
  ports: readonly number[],
  local: readonly { readonly address: string; readonly port: number }[],
): InsidePlan {
  const taken = new Set([53, ...ports, ...local.map(({ port }) => port)]);
  let unlistedPort = 9;
  while (taken.has(unlistedPort)) unlistedPort++;
  return {
    ports,
    local: local.map(({ address, port }) => ({ address, port })),
    test: { unlistedPort, name: selfTestName, port: ports[0] ?? unlistedPort },
  };
}

function setupWords(options: NetworkOptions, plan: InsidePlan): readonly string[] {
  const { tools, privilege, node, insideScript } = options;
  const script = setupScript({
    ...options,
    launcherPid: process.pid,
    inside: [node, insideScript, JSON.stringify(plan)],
  });
  return [...unshareWords(tools, privilege), tools.sh, "-c", script];
}

function listenerOf(server: Server, destinationOf: AttachedListener["destinationOf"]): AttachedListener {
  server.on("connection", (client) => client.setNoDelay(true));
  server.on("error", () => {});
  return { server, destinationOf };
}

// Before the relay has them: the first listener answers the inside process itself.
function greetSelfTest(listener: AttachedListener): () => void {
  const greet = (client: Socket): void => {
    client.on("error", () => {});
    client.end(listener.destinationOf(client)?.host === selfTestName ? selfTestGreeting : "another name");
  };
  listener.server.on("connection", greet);
  return () => {
    listener.server.off("connection", greet);
  };
}
