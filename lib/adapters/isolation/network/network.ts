import { closeSync, openSync, readlinkSync } from "node:fs";
import { isIP } from "node:net";
import { hostLimit } from "../../../domain/host-limit.ts";
import type { LocalTarget } from "../../../domain/run/reach/bypass.ts";
import { LaunchError } from "../../../errors.ts";
import type { Dial } from "../../../ports/exit-witness.ts";
import type { AttachedListener } from "../../../ports/relay.ts";
import { type FakeAddresses, openFakeAddresses } from "../dns/fake-addresses.ts";
import { type Privilege, unshareWords } from "../host/entrance-words.ts";
import type { Tools } from "../host/tools.ts";
import { type InsidePlan, selfTestName } from "../inside/messages.ts";
import type { FileView } from "../view/file-view.ts";
import { insideAddresses } from "./destinations.ts";
import { serveHandedOut } from "./handed-out.ts";
import { insideNode } from "./inside-process.ts";
import { refusedAttempts } from "./refused-ports.ts";
import { requireRoomForFiles } from "./room-for-files.ts";
import { type FilesToLay, SetupFailure, startSetup } from "./setup-process.ts";
import { setupScript } from "./setup-script.ts";
import { viewSteps } from "./view-script.ts";

export interface NetworkOptions {
  readonly tools: Tools;
  readonly privilege: Privilege;
  readonly ports: readonly number[];
  readonly local: readonly LocalTarget[];
  readonly searchDomains: readonly string[];
  readonly hostName: string;
  /** The compiled inside process, and the Node that runs it. */
  readonly insideScript: string;
  readonly node: string;
  /** How long each half of it may take; undefined: as long as a busy host may need. */
  readonly withinMs?: number | undefined;
}

/** A network of a bot's own, readied and tested. It lives while its descriptors are open or a process is in it: until `release` one of ours waits there. */
export interface BotNetwork {
  readonly namespaces: { readonly user: string; readonly net: string; readonly mnt: string };
  /** As the kernel names the network: "net:[4026532281]"; undefined once it is closed, because the number may be another's. */
  name(): string | undefined;
  /** Connections that it refused to the self-test. */
  readonly refusedAtStart: number;
  /** What was handed out of it for the relay to serve. */
  readonly listeners: readonly AttachedListener[];
  /** Connections from inside, until `release`. */
  readonly dial: Dial;
  /** The address that leads to a host from inside. */
  readonly addressOf: (host: string) => string;
  /** Lays the bot's file view over the host's; rejects as `makeNetwork`. */
  furnish(view: FileView, parts: Omit<FilesToLay, "steps">): Promise<void>;
  /** Nothing more is asked of our process inside, and it goes. */
  release(): void;
  /** Ends our process inside, and closes everything of the network that the launcher holds. */
  close(): void;
}

/** For names, by datagrams and by streams. */
const socketsForNames = 2;

/** Makes a network; rejects with SetupFailure, or with LaunchError LAUNCH_HOST_LIMIT. */
export async function makeNetwork(options: NetworkOptions): Promise<BotNetwork> {
  const addresses = openFakeAddresses();
  const addressOf = leadingTo(addresses);
  const local = options.local.flatMap((target) =>
    insideAddresses(target, addresses).map((address) => ({ address, port: target.port, target })),
  );
  requireRoomForFiles(options.ports.length + local.length + socketsForNames);
  const handed = serveHandedOut({ ...options, addresses, local });
  const setup = startSetup(setupWords(options, insidePlan(options.ports, local)), options.withinMs);
  const namespaces = new Map<string, number>();
  let refusedAtStart = 0;
  const close = (): void => {
    setup.kill();
    handed.close();
    for (const descriptor of namespaces.values()) closeSync(descriptor);
    namespaces.clear();
  };
  try {
    const failures = await setup.readied((message, handle) => handed.take(message, handle));
    if (failures.length > 0) throw new SetupFailure(`launch-step: self-test ${failures.join("; ")}`);
    handed.endTest();
    for (const name of ["user", "net", "mnt"])
      namespaces.set(name, openSync(`/proc/${setup.pid}/ns/${name}`, "r"));
    refusedAtStart = refusedAttempts(setup.pid);
  } catch (error) {
    close();
    throw error instanceof SetupFailure || error instanceof LaunchError
      ? error
      : (hostLimit(error) ?? new SetupFailure(String(error), { cause: error }));
  }
  // Through /proc a child opens them before it enters, and inherits none.
  const pathOf = (name: string) => `/proc/${process.pid}/fd/${namespaces.get(name)}`;
  const name = readlinkSync(pathOf("net"));
  return {
    namespaces: { user: pathOf("user"), net: pathOf("net"), mnt: pathOf("mnt") },
    name: () => (namespaces.size === 0 ? undefined : name),
    refusedAtStart,
    listeners: handed.listeners,
    dial: setup.dial(addressOf),
    addressOf,
    furnish: (view, parts) => setup.furnish({ steps: viewSteps({ ...options, view }), ...parts }),
    release: () => setup.release(),
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
