import { closeSync, openSync, readlinkSync } from "node:fs";
import { isIP, type Server } from "node:net";
import type { LocalTarget } from "../../../domain/run/reach/bypass.ts";
import type { Dial } from "../../../ports/exit-witness.ts";
import type { AttachedListener } from "../../../ports/relay.ts";
import { type FakeAddresses, openFakeAddresses } from "../dns/fake-addresses.ts";
import { type Privilege, unshareWords } from "../entrance-words.ts";
import type { Tools } from "../host/tools.ts";
import { type InsideMessage, type InsidePlan, selfTestName } from "../inside/messages.ts";
import { refusedAttempts } from "../refused-ports.ts";
import type { FileView } from "../view/file-view.ts";
import { insideAddresses } from "./destinations.ts";
import { serveHandedOut } from "./handed-out.ts";
import { insideNode } from "./inside-process.ts";
import { SetupFailure, startSetup } from "./setup-process.ts";
import { setupScript } from "./setup-script.ts";

export interface NetworkOptions {
  readonly tools: Tools;
  readonly privilege: Privilege;
  readonly view: FileView;
  /** Paths of sockets in whose place nothing is to be seen; looked for while the rest is made. */
  readonly covered: Promise<readonly string[]>;
  /** Told of a folder for temporary files that is empty, because the host's cannot be laid under it. */
  readonly onEmptyTmp: (path: string) => void;
  readonly ports: readonly number[];
  readonly local: readonly LocalTarget[];
  readonly searchDomains: readonly string[];
  readonly hostName: string;
  /** The compiled inside process, and the Node that runs it. */
  readonly insideScript: string;
  readonly node: string;
  /** Called with each socket that the relay has to serve, as it comes. */
  readonly onListener: (listener: AttachedListener) => void;
  /** Called as soon as connections from inside are possible, while the rest is still tested. */
  readonly proveInside: ((dial: Dial) => Promise<void>) | undefined;
}

/** A network of a bot's own, readied and tested. It lives while its descriptors are open or a process is in it. */
export interface BotNetwork {
  readonly namespaces: { readonly user: string; readonly net: string; readonly mnt: string };
  /** As the kernel names the network: "net:[4026532281]"; undefined once it is closed, because the number may be another's. */
  name(): string | undefined;
  /** Connections that it refused to the self-test. */
  readonly refusedAtStart: number;
  /** The first that was handed out; closed, it tells that the network is not needed any more. */
  readonly listener: Server | undefined;
  /** Settles as `proveInside` did. */
  readonly proven: Promise<void>;
  /** The address that leads to a host from inside. */
  readonly addressOf: (host: string) => string;
  /** Closes everything of it that the launcher holds. */
  close(): void;
}

/** Makes a network; rejects with SetupFailure. */
export async function makeNetwork(options: NetworkOptions): Promise<BotNetwork> {
  const addresses = openFakeAddresses();
  const addressOf = leadingTo(addresses);
  const local = options.local.flatMap((target) =>
    insideAddresses(target, addresses).map((address) => ({ address, port: target.port, target })),
  );
  const handed = serveHandedOut({ ...options, addresses, local });
  const setup = startSetup(setupWords(options, insidePlan(options.ports, local)), options);
  const dial = setup.dial(addressOf);
  let proven = Promise.resolve();
  const take = (message: InsideMessage, handle: unknown): void => {
    if (message.type !== "opened") handed.take(message, handle);
    else if (options.proveInside !== undefined) proven = options.proveInside(dial);
    // Waited for only once the rest has held.
    proven.catch(() => {});
  };
  const namespaces = new Map<string, number>();
  let refusedAtStart = 0;
  const close = (): void => {
    handed.close();
    for (const descriptor of namespaces.values()) closeSync(descriptor);
    namespaces.clear();
  };
  try {
    const failures = await setup.readied(take);
    if (failures.length > 0) throw new SetupFailure(`launch-step: self-test ${failures.join("; ")}`);
    handed.endTest();
    for (const name of ["user", "net", "mnt"])
      namespaces.set(name, openSync(`/proc/${setup.pid}/ns/${name}`, "r"));
    refusedAtStart = refusedAttempts(setup.pid);
  } catch (error) {
    setup.kill();
    close();
    throw error instanceof SetupFailure ? error : new SetupFailure(String(error), { cause: error });
  }
  const letGo = (): void => setup.release();
  proven.then(letGo, letGo);
  // Through /proc a child opens them before it enters, and inherits none.
  const pathOf = (name: string) => `/proc/${process.pid}/fd/${namespaces.get(name)}`;
  const name = readlinkSync(pathOf("net"));
  return {
    namespaces: { user: pathOf("user"), net: pathOf("net"), mnt: pathOf("mnt") },
    name: () => (namespaces.size === 0 ? undefined : name),
    refusedAtStart,
    listener: handed.first(),
    addressOf,
    proven,
    close,
  };
}

function leadingTo(addresses: FakeAddresses): BotNetwork["addressOf"] {
  return (host) => (isIP(host) === 0 ? addresses.addressOf(host.toLowerCase()) : host);
}

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
    inside: [...insideNode(node, insideScript), JSON.stringify(plan)],
  });
  return [...unshareWords(tools, privilege), tools.sh, "-c", script];
}
