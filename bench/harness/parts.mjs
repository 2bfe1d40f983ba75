// Programs that a row needs around what it measures, each a process of its own: targets, relays, forwarders.
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { program } from "./places.mjs";
import { end } from "./processes.mjs";

/** Starts bench/programs/parts/NAME.mjs with the settings; gives back its port and pid, and ends it with the row. */
export async function startPart({ atEnd }, name, settings = {}) {
  const child = fork(program(`parts/${name}.mjs`), { env: { PATH: process.env.PATH } });
  atEnd(() => end(child, "SIGKILL"));
  child.send(settings);
  const [port] = await once(child, "message");
  return { port, pid: child.pid };
}

/** Starts a program that listens on the port, and waits until it does. */
export async function startListener({ atEnd }, { file, words, port }) {
  const child = spawn(file, words, { stdio: "ignore" });
  atEnd(() => end(child));
  for (let tries = 0; !(await answers(port)); tries += 1) {
    if (tries > 200 || child.exitCode !== null) throw new Error(`${file} does not listen on ${port}`);
    await delay(50);
  }
  return { port, pid: child.pid };
}

/** A port of loopback that nobody has at this moment. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const tell = (does) => {
      socket.destroy();
      resolve(does);
    };
    socket.once("connect", () => tell(true)).once("error", () => tell(false));
  });
}
