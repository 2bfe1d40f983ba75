import { connect, isIP, type NetConnectOpts, type Socket, type SocketConstructorOpts } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import type { Upstream } from "../../../domain/proxy/proxy.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Target } from "../wire/http-frames.ts";
import { askFor, signInSocks } from "./handshakes.ts";
import { RelayFailure, systemFailure, upstreamFailure } from "./relay-failure.ts";
import { greetedSocks, orOtherSpeech } from "./silent-greeting.ts";

/** How a connection to a proxy is made. */
export interface ConnectPlan {
  readonly upstream: Upstream;
  /** How long the connection to the proxy may take (its name and TCP), and everything together. */
  readonly connectMs: number;
  readonly totalMs: number;
  /** Authorities for `https://` proxies without one of their own, in place of Node's; PEM. */
  readonly proxyCa: string | undefined;
  /** Called at once with the socket: destroying it ends the dial. */
  readonly onSocket: (socket: Socket) => void;
}

/** How a connection to a target is made. */
export interface DialPlan extends ConnectPlan {
  readonly target: Target;
  /** Where a connection to the proxy may be ready; one that proves stale is replaced by a new one, unless the dial was given up meanwhile. */
  readonly warm?: Warm | undefined;
  readonly isGivenUp?: () => boolean;
}

/** Connections that were made ahead. */
export interface Warm {
  readonly take: (upstream: Upstream) => Socket | undefined;
  /** The one that was taken last was no good any more. */
  readonly noteStale: () => void;
}

type Step = (socket: Socket, loss: Loss) => Promise<void>;

/** Opens a connection to the target through the upstream. Rejects with RelayFailure. */
export async function dialUpstream(plan: DialPlan, clock: Clock): Promise<Socket> {
  const ask: Step = (socket) => askFor(socket, plan, clock);
  const ready = plan.warm?.take(plan.upstream);
  if (ready !== undefined) {
    const before = ready.bytesRead;
    try {
      return await run(ready, { ...plan, totalMs: plan.connectMs }, clock, [ask]);
    } catch (error) {
      // A proxy that answered has said what it thinks of the target. One that ended the connection meanwhile has not.
      const hasAnswered = ready.bytesRead > before && !isTooLate(error);
      if (hasAnswered || plan.isGivenUp?.() === true) throw error;
      plan.warm?.noteStale();
    }
  }
  const fresh = openSocket(plan);
  try {
    return await run(fresh, plan, clock, [...connectSteps(plan, clock), ask]);
  } catch (error) {
    if (plan.isGivenUp?.() === true) throw error;
    throw (await orSocks(error, fresh, plan.upstream, clock)) ?? error;
  }
}

/** Opens a connection to the proxy that waits for its target. Rejects with RelayFailure. */
export function dialAhead(plan: ConnectPlan, clock: Clock): Promise<Socket> {
  return run(openSocket(plan), plan, clock, connectSteps(plan, clock));
}

// Request Timeout: it waited for our request no longer (RFC 9110 §15.5.9).
function isTooLate(error: unknown): boolean {
  return error instanceof RelayFailure && error.failure.status === 408;
}

function connectSteps({ upstream }: ConnectPlan, clock: Clock): readonly Step[] {
  const isConnected: Step = async (socket, loss) => {
    await happens(socket, "connect");
    loss.connected();
  };
  switch (upstream.endpoint.scheme) {
    case "http":
      return [isConnected];
    case "https":
      return [isConnected, (socket) => orOtherSpeech(happens(socket, "secureConnect"), upstream, clock)];
    case "socks5":
      return [isConnected, (socket) => signInSocks(socket, upstream, clock)];
  }
}

// What goes wrong meanwhile is told by `watchLoss`.
function happens(socket: Socket, event: "connect" | "secureConnect"): Promise<void> {
  return new Promise((resolve) => {
    socket.once(event, resolve);
  });
}

async function run(socket: Socket, plan: ConnectPlan, clock: Clock, steps: readonly Step[]): Promise<Socket> {
  plan.onSocket(socket);
  const loss = watchLoss(socket, plan, clock);
  try {
    await Promise.race([takeAll(steps, socket, loss), loss.lost]);
    return socket;
  } catch (error) {
    socket.destroy();
    if (error instanceof RelayFailure) throw error;
    throw systemFailure(plan.upstream, error as NodeJS.ErrnoException);
  } finally {
    loss.stop();
  }
}

async function orSocks(
  error: unknown,
  socket: Socket,
  upstream: Upstream,
  clock: Clock,
): Promise<RelayFailure | undefined> {
  const isSilent =
    error instanceof RelayFailure &&
    error.failure.kind === "reset" &&
    socket.bytesRead === 0 &&
    socket.bytesWritten > 0;
  return isSilent && upstream.endpoint.scheme === "http" ? await greetedSocks(upstream, clock) : undefined;
}

async function takeAll(steps: readonly Step[], socket: Socket, loss: Loss): Promise<void> {
  for (const step of steps) await step(socket, loss);
}

function openSocket({ upstream, proxyCa }: ConnectPlan): Socket {
  const { scheme, host, port } = upstream.endpoint;
  // Node's default of 16 KiB makes every full read a pause and a resume; this costs at most as much again a tunnel.
  const options = { host, port, allowHalfOpen: true, highWaterMark: 262_144 };
  const keepAliveInitialDelay = 30_000;
  if (scheme !== "https") {
    // Told with the connection, they are set once; by a call, they would be set twice.
    const plain: NetConnectOpts & SocketConstructorOpts = {
      ...options,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay,
    };
    return connect(plain);
  }
  const ca = upstream.ca ?? proxyCa;
  const secured: ConnectionOptions & SocketConstructorOpts = {
    ...options,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === undefined ? {} : { ca }),
    ALPNProtocols: ["http/1.1"],
    // Said aloud, so that NODE_TLS_REJECT_UNAUTHORIZED cannot hand the credential to whoever answers.
    rejectUnauthorized: true,
  };
  return connectTls(secured).setNoDelay(true).setKeepAlive(true, keepAliveInitialDelay);
}

interface Loss {
  /** Never resolves; rejects when the socket fails or time is up. */
  readonly lost: Promise<never>;
  connected(): void;
  stop(): void;
}

function watchLoss(socket: Socket, plan: ConnectPlan, clock: Clock): Loss {
  const { promise, reject } = deferred();
  const late = (what: string) => () => reject(upstreamFailure(plan.upstream, "timeout", what));
  const stopConnect = clock.after(
    plan.connectMs,
    late(`did not accept the connection in ${plan.connectMs} ms`),
  );
  const stopTotal = clock.after(plan.totalMs, late(`did not answer in ${plan.totalMs} ms`));
  const onClose = (): void => reject(upstreamFailure(plan.upstream, "reset", "closed the connection"));
  // The error listener stays: between the dial and the join a reset must not end the launcher.
  socket.on("error", (error) => reject(systemFailure(plan.upstream, error)));
  socket.once("close", onClose);
  return {
    lost: promise,
    connected: stopConnect,
    stop() {
      stopConnect();
      stopTotal();
      socket.off("close", onClose);
    },
  };
}

function deferred(): { readonly promise: Promise<never>; readonly reject: (error: Error) => void } {
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<never>((_resolve, fail) => {
    reject = fail;
  });
  promise.catch(() => {});
  return { promise, reject };
}
