import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { formatAuthority } from "../../domain/proxy/proxy-endpoint.ts";
import type { PublishedPort } from "../../domain/run/reach/bypass.ts";
import { ProcessError } from "../../errors.ts";
import { carry } from "./inside/carry.ts";
import type { ResidentMessage, ResidentNews } from "./inside/messages.ts";
import { startInside } from "./network/inside-process.ts";

/** Ports of a bot that the host can reach for as long as its network is kept. */
export type Publication = Awaited<ReturnType<typeof publish>>;

/** Listens outside for each port and lets a resident process inside carry the connections; throws ProcessError LAUNCH_SPAWN_FAILED when an address is taken. */
export async function publish(ports: readonly PublishedPort[], residentWords: readonly string[]) {
  const resident = startResident(residentWords);
  const close = (): void => resident.close();
  try {
    // Nothing is read out here: the connection goes in whole.
    const listeners = await listenOutside(ports, (socket, { inside }) => resident.carry(socket, inside));
    return {
      /** Connections that were for a port on which the bot did not listen: the network counts them as refused. */
      refused: () => resident.refused(),
      /** The processes that carry connections now. */
      residents: () => resident.pids(),
      close(): void {
        listeners.close();
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** The same for a bot that shares this host's network; a port that is published as itself the bot listens on already. */
export function publishHere(ports: readonly PublishedPort[]) {
  const others = ports.filter(({ inside, outside }) => inside !== outside);
  return listenOutside(others, (socket, { inside }) => carry(socket, inside, () => {}));
}

async function listenOutside(
  ports: readonly PublishedPort[],
  take: (socket: Socket, port: PublishedPort) => void,
) {
  const servers: Server[] = [];
  const close = (): void => {
    for (const server of servers) server.close();
  };
  try {
    for (const port of ports) {
      const options = { pauseOnConnect: true, allowHalfOpen: true };
      const server = createServer(options, (socket) => take(socket, port));
      servers.push(server);
      await listen(server, port);
    }
    return { close };
  } catch (error) {
    close();
    throw error;
  }
}

async function listen(server: Server, { host, outside }: PublishedPort): Promise<void> {
  server.listen({ host, port: outside });
  try {
    await once(server, "listening");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const place = formatAuthority(host, outside);
    const why = code === "EADDRINUSE" ? "another program listens there" : `the system says ${code}`;
    throw new ProcessError(
      "LAUNCH_SPAWN_FAILED",
      `${place} under publish cannot be used to listen: ${why}.`,
      {
        hint: "Give another address or port under `publish`, or stop the other program.",
      },
    );
  }
}

// Started anew for the next connection should it ever end, and only for that: no loop of starts.
function startResident(words: readonly string[]) {
  let isClosed = false;
  let refused = 0;
  /** Not yet sent in; a process that ends does not tell that it took them. */
  const waiting = new Set<Socket>();
  const startOne = (): ChildProcess => {
    const child = startInside(words);
    child.once("exit", () => {
      process = undefined;
      for (const socket of waiting) socket.destroy();
    });
    child.on("message", ({ type }: ResidentNews) => {
      if (type === "refused") refused += 1;
    });
    return child;
  };
  let process: ChildProcess | undefined = startOne();
  return {
    refused: () => refused,
    carry(socket: Socket, port: number): void {
      socket.on("error", () => {});
      if (isClosed) {
        socket.destroy();
        return;
      }
      process ??= startOne();
      const message: ResidentMessage = { type: "connect", port };
      waiting.add(socket);
      socket.once("close", () => waiting.delete(socket));
      // Kept open until it is sent: Node would hold on to one that a process that ended never took.
      process.send(message, socket, { keepOpen: true }, () => socket.destroy());
    },
    pids: (): readonly number[] => (process?.pid === undefined ? [] : [process.pid]),
    close(): void {
      isClosed = true;
      process?.kill("SIGKILL");
    },
  };
}
