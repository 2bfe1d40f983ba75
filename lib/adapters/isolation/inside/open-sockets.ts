// Runs for a moment inside a bot's network, before the bot: opens the listening sockets there and hands them to the
// launcher over the IPC channel. A socket belongs for ever to the network it was opened in, so the launcher, outside,
// accepts the bot's connections itself, and nothing of ours stays inside once the exit was seen from there.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { dialOnRequest } from "./dial-on-request.ts";
import type { InsideMessage, InsidePlan, LauncherMessage } from "./messages.ts";
import { runSelfTest } from "./self-test.ts";

const plan = JSON.parse(process.argv[2] ?? "{}") as InsidePlan;

const isNetworkReady = new Promise<void>((resolve) => {
  process.on("message", ({ type }: LauncherMessage) => {
    if (type === "test") resolve();
    else if (type === "done") end();
  });
});
// Also when the launcher was killed in the middle, even before this line: nothing of ours stays in here.
process.on("disconnect", end);
if (!process.connected) end();
work().catch((error: NodeJS.ErrnoException) => tell({ type: "failed", why: describe(error) }).catch(end));

async function work(): Promise<void> {
  await openAll();
  await isNetworkReady;
  await openLocal();
  // The launcher looks at the exit from here once it is known.
  dialOnRequest();
  await tell({ type: "tested", failures: await runSelfTest(plan.test) });
}

// Not by Node's own way out: it tidies up sockets that are the launcher's by now.
function end(): void {
  process.kill(process.pid, "SIGKILL");
}

async function openAll(): Promise<void> {
  for (const port of plan.ports) await hand({ type: "forwarded" }, await listenEverywhere(port));
  await handDatagrams();
  await hand({ type: "names-stream" }, await listenEverywhere(53));
}

// Addresses like 10.0.0.5 are this host's own only once the network is ready.
async function openLocal(): Promise<void> {
  for (const [index, { address, port }] of plan.local.entries()) {
    const server = await listen(port, address).catch(leaveOut);
    if (server !== undefined) await hand({ type: "local", index }, server);
  }
}

function describe(error: NodeJS.ErrnoException): string {
  const where =
    "address" in error && "port" in error ? ` on ${String(error.address)}:${String(error.port)}` : "";
  return `${error.code ?? error.message}${where}`;
}

// Both families on one socket; a host without IPv6 has IPv4 alone.
async function listenEverywhere(port: number): Promise<Server> {
  try {
    return await listen(port, "::");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EAFNOSUPPORT" && code !== "EADDRNOTAVAIL") throw error;
    return listen(port, "0.0.0.0");
  }
}

async function listen(port: number, host: string): Promise<Server> {
  const server = createServer();
  server.listen({ port, host, backlog: 511 });
  await once(server, "listening");
  return server;
}

// Taken already: the port is forwarded on every address, and the relay knows what is bypass there. An IPv6 address on a
// host without IPv6 is nobody's.
function leaveOut(error: NodeJS.ErrnoException): undefined {
  if (!["EADDRINUSE", "EAFNOSUPPORT", "EADDRNOTAVAIL"].includes(error.code ?? "")) throw error;
}

// Over IPv4 an answer leaves from the address that was asked. Over IPv6 it would come from another one, and a resolver
// would wait for the right one in vain: without a socket there it is refused and asks elsewhere at once.
async function handDatagrams(): Promise<void> {
  const socket = createSocket("udp4");
  socket.bind({ port: 53, address: "0.0.0.0" });
  await once(socket, "listening");
  await hand({ type: "names" }, socket);
}

// Closed as soon as it is on its way: two processes that accept from one socket would share the bot's connections out.
async function hand(message: InsideMessage, handle: Server | ReturnType<typeof createSocket>): Promise<void> {
  await tell(message, handle);
  handle.close();
}

function tell(message: InsideMessage, handle?: Server | ReturnType<typeof createSocket>): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(message, handle, {}, (error: Error | null) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}
