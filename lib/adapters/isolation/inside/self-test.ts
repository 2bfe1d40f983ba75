import { createSocket } from "node:dgram";
import { Resolver } from "node:dns";
import { once } from "node:events";
import { connect } from "node:net";
import { type SelfTest, selfTestGreeting } from "./messages.ts";

/** Addresses of the documentation (RFC 5737, RFC 3849): nothing in the world answers there. */
const documentation = { ipv4: "192.0.2.1", ipv6: "2001:db8::1", nameServer: "192.0.2.53" };
/** Everything is answered on this host, in microseconds. */
const answerWithinMs = 3_000;

/** Tries from inside what the tier promises; gives back in words what did not hold. */
export async function runSelfTest(test: SelfTest): Promise<readonly string[]> {
  const failures = await Promise.all([
    tryUnlisted(documentation.ipv4, test.unlistedPort),
    tryUnlisted(documentation.ipv6, test.unlistedPort),
    tryDatagram(documentation.ipv4, test.unlistedPort),
    tryForwarded(test),
  ]);
  return failures.filter((failure) => failure !== undefined);
}

async function tryUnlisted(host: string, port: number): Promise<string | undefined> {
  const outcome = await outcomeOf(host, port);
  // Without IPv6 there is no way out over it either.
  const isRefused = ["ECONNREFUSED", "ENETUNREACH", "EAFNOSUPPORT", "EADDRNOTAVAIL"].includes(outcome);
  return isRefused
    ? undefined
    : `a connection to ${host} on port ${port} ended with ${outcome}, not with a refusal`;
}

async function outcomeOf(host: string, port: number): Promise<string> {
  const socket = connect({ host, port });
  socket.setTimeout(answerWithinMs, () => socket.destroy(coded("ETIMEDOUT")));
  try {
    await once(socket, "connect");
    return "a connection";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    socket.destroy();
  }
}

async function tryDatagram(address: string, port: number): Promise<string | undefined> {
  const socket = createSocket("udp4");
  const timer = setTimeout(() => socket.emit("error", coded("ETIMEDOUT")), answerWithinMs);
  try {
    const refused = once(socket, "message");
    socket.connect(port, address, () => socket.send(Buffer.from("x"), () => {}));
    await refused;
    return `a datagram to ${address} on port ${port} was answered`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ECONNREFUSED"
      ? undefined
      : `a datagram to ${address} on port ${port} ended with ${code}`;
  } finally {
    clearTimeout(timer);
    socket.close();
  }
}

async function tryForwarded({ name, port }: SelfTest): Promise<string | undefined> {
  const addresses = await resolve(name);
  if (typeof addresses === "string") return `a name was not answered by the launcher: ${addresses}`;
  const socket = connect({ host: addresses[0] ?? documentation.ipv4, port });
  socket.setTimeout(answerWithinMs, () => socket.destroy(coded("ETIMEDOUT")));
  try {
    const [greeting] = (await once(socket, "data")) as [Buffer];
    if (greeting.toString() === selfTestGreeting) return undefined;
    return `a connection on port ${port} did not reach the launcher`;
  } catch (error) {
    return `a connection on port ${port} ended with ${(error as NodeJS.ErrnoException).code}`;
  } finally {
    socket.destroy();
  }
}

function resolve(name: string): Promise<readonly string[] | string> {
  const resolver = new Resolver({ timeout: answerWithinMs, tries: 1 });
  resolver.setServers([documentation.nameServer]);
  return new Promise((settle) => {
    resolver.resolve4(name, (error, addresses) =>
      settle(error === null ? addresses : (error.code ?? "an error")),
    );
  });
}

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}
