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
import { tunnelConnections } from "./tunnel/connections/connect.ts";
import { readRelay } from "./tunnel/connections/relay-address.ts";
import { guardHandles, type OpenPlaces } from "./tunnel/handle-guard.ts";
import { isLoopbackIp } from "./tunnel/loopback/addresses.ts";
import { trackOwnListeners } from "./tunnel/loopback/own-listeners.ts";
import { answerNames } from "./tunnel/names/answer-names.ts";
import { quietReports } from "./tunnel/names/quiet-reports.ts";
import { findInternals } from "./tunnel/node/internals.ts";
import { guardChildren } from "./tunnel/processes/children.ts";
import { refuseForeignFunctions } from "./tunnel/processes/foreign-functions.ts";
import { readInheritance } from "./tunnel/processes/inheritance.ts";
import { guardWorkers } from "./tunnel/processes/workers.ts";
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
