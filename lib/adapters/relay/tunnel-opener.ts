import type { Socket } from "node:net";
import type { Upstream } from "../../domain/proxy/proxy.ts";
import { formatAuthority } from "../../domain/proxy/proxy-endpoint.ts";
import type { TransportFailure } from "../../domain/proxy/transport.ts";
import type { Clock } from "../../ports/clock.ts";
import type { RelayEvent } from "../../ports/relay.ts";
import type { openGate } from "./gate.ts";
import { dialUpstream, type Warm } from "./outbound/dial.ts";
import { RelayFailure } from "./outbound/relay-failure.ts";
import { destroy } from "./sockets.ts";
import { connectLocal, type TargetVerdict } from "./target-rules.ts";
import { openTunnels, type Tunnel } from "./tunnels.ts";
import type { Target } from "./wire/http-frames.ts";

/** How a client's wish for a target ended. */
export type Reached =
  | { readonly kind: "reached"; readonly socket: Socket }
  | { readonly kind: "refused"; readonly because: "gate" | "target"; readonly why: string }
  | { readonly kind: "failed"; readonly failure: TransportFailure }
  /** The client left, or everything was cut, while we dialled. */
  | { readonly kind: "gone" };

export interface TunnelOpenerOptions {
  readonly clock: Clock;
  /** Asked before and after each dial. */
  readonly gate: Pick<ReturnType<typeof openGate>, "whyShut" | "isPaused" | "decided">;
  readonly judge: (target: Target) => TargetVerdict;
  readonly upstream: () => Upstream | undefined;
  readonly onEvent: (event: RelayEvent) => void;
  readonly dialLimits: DialLimits;
  readonly warm: Warm | undefined;
}

export interface DialLimits {
  readonly connectMs: number;
  readonly totalMs: number;
  readonly proxyCa: string | undefined;
}

export type TunnelOpener = ReturnType<typeof tunnelOpener>;

/** The one way from a client to a target: gate, rules, dial, count. Every listener goes through it. */
export function tunnelOpener(options: TunnelOpenerOptions) {
  const { gate } = options;
  const tunnels = openTunnels();
  const { totals, refuse, fail, decline } = openMishaps(options.onEvent);

  const attempt = async (
    client: Socket,
    target: Target,
    way: "upstream" | "local",
  ): Promise<Reached | "again"> => {
    const tunnel = tunnels.begin(client, way === "upstream" ? target.host : undefined);
    // What we or the client broke off is no evidence against the proxy.
    const isOver = (): boolean => tunnel.isSevered || client.destroyed || gate.whyShut() !== undefined;
    const isPutOff = (): boolean => tunnel.isPutOff || gate.isPaused();
    const isGivenUp = (): boolean => isOver() || isPutOff();
    try {
      const socket = await dialTunnel({ tunnel, isGivenUp }, target, way, options);
      if (isGivenUp()) {
        destroy(socket);
        tunnels.giveUp(tunnel);
        return isOver() ? { kind: "gone" } : "again";
      }
      judgeEachWrite(socket, gate.whyShut);
      tunnels.depart(tunnel, socket);
      options.onEvent({ type: "connected", target: formatAuthority(target.host, target.port) });
      return { kind: "reached", socket };
    } catch (error) {
      tunnels.giveUp(tunnel);
      if (isOver()) return { kind: "gone" };
      if (isPutOff()) return "again";
      if (error instanceof RelayFailure) return fail(target, error.failure);
      throw error;
    }
  };

  return {
    async reach(client: Socket, target: Target): Promise<Reached> {
      for (;;) {
        if (gate.whyShut() !== undefined || gate.isPaused()) await gate.decided();
        if (client.destroyed) return { kind: "gone" };
        const shut = gate.isPaused() ? tooManyWait : gate.whyShut();
        if (shut !== undefined) return refuse("gate", target, shut);
        const verdict = options.judge(target);
        if (verdict.way === "refused") return refuse("target", target, verdict.why);
        const reached = await attempt(client, target, verdict.way);
        if (reached !== "again") return reached;
      }
    },
    /** A wish that names no target of ours: told and counted as any other. */
    decline,
    /** Ends every tunnel and every dial of the clients at once. */
    severAll: tunnels.severAll,
    /** Keeps every byte where it is until `releaseAll`; nobody is reset. */
    holdAll: tunnels.holdAll,
    releaseAll: tunnels.releaseAll,
    byHost: tunnels.byHost,
    counters: () => ({ ...tunnels.counters(), ...totals }),
  };
}

/** Tells and counts the wishes that are not fulfilled. */
function openMishaps(onEvent: (event: RelayEvent) => void) {
  const totals = { failures: 0, refused: 0 };
  return {
    totals,
    decline: (target: string, why: string): void => {
      totals.refused++;
      onEvent({ type: "refused", because: "target", target, why });
    },
    refuse: (because: "gate" | "target", target: Target, why: string): Reached => {
      totals.refused++;
      onEvent({ type: "refused", because, target: formatAuthority(target.host, target.port), why });
      return { kind: "refused", because, why };
    },
    fail: (target: Target, failure: TransportFailure): Reached => {
      totals.failures++;
      onEvent({ type: "failed", target: formatAuthority(target.host, target.port), failure });
      return { kind: "failed", failure };
    },
  };
}

const tooManyWait = "the exit is being verified, and too many connections are waiting";

// A launcher that was stopped (SIGSTOP, a suspended machine) wakes up to what the bot has sent meanwhile before it wakes up
// to its own timers: the deadline is looked at before each write, or those bytes would leave after another host took over.
function judgeEachWrite(socket: Socket, whyShut: () => string | undefined): void {
  const write = socket.write.bind(socket) as (...words: unknown[]) => boolean;
  const judged = (...words: unknown[]): boolean => {
    if (whyShut() !== undefined) destroy(socket);
    return write(...words);
  };
  Object.defineProperty(socket, "write", { value: judged, configurable: true, writable: true });
}

async function dialTunnel(
  { tunnel, isGivenUp }: { readonly tunnel: Tunnel; readonly isGivenUp: () => boolean },
  target: Target,
  way: "upstream" | "local",
  options: TunnelOpenerOptions,
): Promise<Socket> {
  const onSocket = (socket: Socket): void => {
    tunnel.socket = socket;
  };
  const leave = (): void => destroy(tunnel.socket);
  tunnel.client.once("close", leave);
  try {
    if (way === "local") return await dialLocal(target, onSocket, options);
    const upstream = options.upstream();
    if (upstream === undefined) throw new RelayFailure(noUpstream);
    const { clock, dialLimits, warm } = options;
    return await dialUpstream({ upstream, target, ...dialLimits, onSocket, warm, isGivenUp }, clock);
  } finally {
    tunnel.client.off("close", leave);
  }
}

/** What a dial without upstream fails with. */
export const noUpstream: TransportFailure = {
  kind: "refused",
  scope: "upstream",
  message: "no proxy is set for this relay",
  status: undefined,
};

function dialLocal(
  target: Target,
  onSocket: (socket: Socket) => void,
  { clock, dialLimits }: TunnelOpenerOptions,
): Promise<Socket> {
  const socket = connectLocal(target);
  onSocket(socket);
  return new Promise((resolve, reject) => {
    const failed = (why: string): void => {
      socket.destroy();
      const message = `the local target ${formatAuthority(target.host, target.port)} ${why}`;
      reject(new RelayFailure({ kind: "refused", scope: "target", message, status: undefined }));
    };
    const stop = clock.after(dialLimits.connectMs, () => failed("did not answer in time"));
    const onClose = (): void => failed("closed the connection");
    socket.on("error", (error: NodeJS.ErrnoException) => failed(`cannot be reached (${error.code})`));
    socket.once("close", stop).once("close", onClose);
    socket.once("connect", () => {
      stop();
      socket.off("close", onClose);
      resolve(socket);
    });
  });
}
