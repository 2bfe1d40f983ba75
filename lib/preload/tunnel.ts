// The tunnel preload: every TCP connection of this process that leaves the machine goes through the launcher's relay,
// names are resolved there, and whatever would go another way is refused below JavaScript's own network modules.
//
//   net.Socket#connect   dials the relay, says CONNECT, and moves the connected native handle into the caller's socket
//   dns                  answers with addresses of 198.18.0.0/15 that connect() turns back into names
//   native handles       refuse TCP, UDP and DNS to anything but loopback, whoever calls them
//   children, workers    get the same preload and the relay again if the bot's code dropped them
//
// It needs parts of Node that are not public. When one is missing the process ends with 78: never direct.
import { builtinModules, syncBuiltinESMExports } from "node:module";
import type { WorkerOptions } from "node:worker_threads";
import workerThreads from "node:worker_threads";
import { tunnelConnections } from "./tunnel/connections/connect.ts";
import { readRelay } from "./tunnel/connections/relay-address.ts";
import { guardHandles, type OpenPlaces } from "./tunnel/handle-guard.ts";
import { isLoopbackIp } from "./tunnel/loopback/addresses.ts";
import { trackOwnListeners } from "./tunnel/loopback/own-listeners.ts";
import { answerNames } from "./tunnel/names/answer-names.ts";
import { findInternals } from "./tunnel/node/internals.ts";
import { guardChildren } from "./tunnel/processes/children.ts";
import { refuseForeignFunctions } from "./tunnel/processes/foreign-functions.ts";
import { type Inheritance, inheritedBy, readInheritance } from "./tunnel/processes/inheritance.ts";
import { refuseToRun } from "./tunnel/refuse.ts";

const mark = Symbol.for("slipway.tunnel");

if (!(mark in globalThis)) {
  try {
    install();
    Object.defineProperty(globalThis, mark, { value: "ok" });
  } catch (error) {
    refuseToRun(error instanceof Error ? error.message : String(error));
  }
}

function install(): void {
  const internals = findInternals();
  const relay = readRelay(process.env);
  const hasQuic = [...process.execArgv, process.env["NODE_OPTIONS"] ?? ""].some((text) =>
    text.includes("-quic"),
  );
  if (hasQuic && builtinModules.includes("node:quic")) throw new Error("QUIC cannot be sent through a proxy");
  const isOwn = trackOwnListeners(internals, process.env["LAUNCH_RUN_ID"]);
  const places: OpenPlaces = {
    mayReach: (kind, address, port) =>
      (kind === "tcp" && port === relay.port && address === relay.host) ||
      (isLoopbackIp(address) && isOwn(kind, address, port)),
  };
  tunnelConnections(internals, relay, places);
  answerNames();
  quietReports();
  guardHandles(internals, places);
  const inheritance = readInheritance(process.env, __filename);
  guardChildren(internals, inheritance);
  guardWorkers(inheritance);
  refuseForeignFunctions();
  syncBuiltinESMExports();
}

/** Keeps diagnostic reports from asking the host's name server who is at both ends of each open socket, which Node does below JavaScript. Nodes before 20.13 have no such choice. */
function quietReports(): void {
  const report: object = process.report;
  if (!("excludeNetwork" in report)) return;
  Reflect.set(report, "excludeNetwork", true);
  // Libraries set it for a look at the report's head, and put back what was there.
  Object.defineProperty(report, "excludeNetwork", { get: () => true, set: () => {}, enumerable: true });
}

/** Loads this preload into every worker, also into one that is given an environment or options of its own. */
function guardWorkers(inheritance: Inheritance): void {
  const Direct = workerThreads.Worker;
  const construct = Reflect.construct;
  const Worker = new Proxy(Direct, {
    construct(target, [file, options, ...rest]: unknown[], newTarget) {
      const given = guarded((options ?? {}) as WorkerOptions, inheritance);
      return construct(target, [file, given, ...rest], newTarget) as object;
    },
  });
  // Otherwise the prototype would hand out the class that was replaced.
  Object.defineProperty(Direct.prototype, "constructor", { value: Worker });
  Object.assign(workerThreads, { Worker });
}

// What is not given is inherited from this thread, flags and all; to repeat flags of the whole process is an error.
function guarded(options: WorkerOptions, inheritance: Inheritance): WorkerOptions {
  const { env, execArgv } = options;
  const flags = Array.isArray(execArgv)
    ? { execArgv: ["--require", inheritance.preload, ...(execArgv as string[])] }
    : {};
  if (env === workerThreads.SHARE_ENV) return { ...options, ...flags };
  const isComplete =
    env == null && Object.entries(inheritance.kept).every(([name, value]) => process.env[name] === value);
  if (isComplete) return { ...options, ...flags };
  return { ...options, ...flags, env: inheritedBy((env ?? process.env) as NodeJS.ProcessEnv, inheritance) };
}
