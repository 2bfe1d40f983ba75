import { once } from "node:events";
import type { Server, Socket } from "node:net";
import type { IpFamily } from "../../domain/ip.ts";
import type { Upstream } from "../../domain/proxy/proxy.ts";
import type { Clock } from "../../ports/clock.ts";
import type { AttachedListener, Relay, RelayFactory, RelayOptions } from "../../ports/relay.ts";
import { openGate, type Traffic } from "./gate.ts";
import { type ListenerLimits, openListener } from "./inbound/http-listener.ts";
import { runToken } from "./inbound/run-token.ts";
import { KeptWarm } from "./kept-warm.ts";
import { dialUpstream } from "./outbound/dial.ts";
import { RelayFailure } from "./outbound/relay-failure.ts";
import { destroy, joinSockets } from "./sockets.ts";
import { targetRules } from "./target-rules.ts";
import { type DialLimits, noUpstream, type TunnelOpener, tunnelOpener } from "./tunnel-opener.ts";
import type { Target } from "./wire/http-frames.ts";

/** What a launcher may set differently; tests make the waits short. */
export interface RelayTuning extends Partial<ListenerLimits>, Partial<DialLimits> {
  /** Keeps a connection to the proxy ready while the gate is open. */
  readonly isWarm?: boolean;
}

/** Makes relays that listen on 127.0.0.1; all waiting is done on the given clock. */
export function relayFactory(clock: Clock, tuning: RelayTuning = {}): RelayFactory {
  return { open: (options) => openRelay(options, clock, tuning) };
}

async function openRelay(options: RelayOptions, clock: Clock, tuning: RelayTuning): Promise<Relay> {
  let upstream: Upstream | undefined;
  let families: readonly IpFamily[] | undefined;
  const { onEvent } = options;
  const dialLimits = dialLimitsOf(tuning);
  const warm = tuning.isWarm === true ? new KeptWarm(clock, dialLimits) : undefined;
  const gate = openGate(clock, onEvent, () => passing);
  const opener = tunnelOpener({
    clock,
    onEvent,
    dialLimits,
    gate,
    judge: targetRules(options.local, options.publicRanges, () => families),
    upstream: () => upstream,
    warm,
  });
  const passing = warm === undefined ? opener : withWarm(opener, warm, () => upstream);
  const listener = await openListener({
    opener,
    clock,
    token: runToken(options.token),
    limits: listenerLimits(tuning),
    onUnauthenticated: () => onEvent({ type: "unauthenticated-client" }),
  });
  const own = launcherDials(clock, dialLimits);
  const attached: AttachedListener[] = [];
  return {
    host: listener.host,
    port: listener.port,
    get gate() {
      return gate.state();
    },
    setUpstream(next) {
      upstream = next;
      if (gate.state() === "open") warm?.keep(next);
    },
    setFamilies(proven) {
      families = proven;
    },
    open: gate.open,
    pause: gate.pause,
    shut: gate.shut,
    cut: gate.cut,
    setDeadline: gate.setDeadline,
    dial: (host, port, timeoutMs) => own.dial(upstream, { host, port }, timeoutMs),
    attach(addition) {
      attached.push(addition);
      serveAttached(addition, opener);
    },
    counters: () => ({ ...opener.counters(), ...(warm === undefined ? {} : { warm: warm.counters() }) }),
    byHost: opener.byHost,
    async close() {
      gate.close();
      own.severAll();
      await Promise.all([listener.close(), ...attached.map(({ server }) => closeServer(server))]);
    },
  };
}

/** What is kept ready for the proxy is there only while connections may pass: it ends with them. */
function withWarm(opener: TunnelOpener, warm: KeptWarm, upstream: () => Upstream | undefined): Traffic {
  return {
    severAll() {
      warm.keep(undefined);
      opener.severAll();
    },
    holdAll() {
      warm.keep(undefined);
      opener.holdAll();
    },
    releaseAll() {
      opener.releaseAll();
      warm.keep(upstream());
    },
  };
}

function listenerLimits({ headMs = 10_000, headBytes = 65_536, waiting = 256 }: RelayTuning): ListenerLimits {
  return { headMs, headBytes, waiting };
}

function dialLimitsOf({ connectMs = 5_000, totalMs = 10_000, proxyCa }: RelayTuning): DialLimits {
  return { connectMs, totalMs, proxyCa };
}

/** The launcher's own connections: through the upstream whatever the gate says, ended only with the relay. */
function launcherDials(clock: Clock, limits: DialLimits) {
  const sockets = new Set<Socket>();
  const onSocket = (socket: Socket): void => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  };
  return {
    async dial(upstream: Upstream | undefined, target: Target, timeoutMs: number): Promise<Socket> {
      if (upstream === undefined) throw new RelayFailure(noUpstream);
      const connectMs = Math.min(limits.connectMs, timeoutMs);
      const plan = { ...limits, upstream, target, connectMs, totalMs: timeoutMs, onSocket };
      return dialUpstream(plan, clock);
    },
    severAll() {
      for (const socket of sockets) destroy(socket);
    },
  };
}

// Sockets accepted elsewhere carry no token: who can reach such a listener is in the bot's namespace.
function serveAttached(listener: AttachedListener, opener: TunnelOpener): void {
  listener.server.on("connection", (client) => {
    client.on("error", () => {}).pause();
    client.allowHalfOpen = true;
    const target = listener.destinationOf(client);
    if (target === undefined) {
      opener.decline("an unknown target", "the target of the connection is unknown");
      destroy(client);
      return;
    }
    void opener.reach(client, target).then((reached) => {
      if (reached.kind === "reached") joinSockets(client, reached.socket);
      else destroy(client);
    });
  });
}

async function closeServer(server: Server): Promise<void> {
  const closed = server.listening ? once(server, "close") : undefined;
  server.close();
  await closed;
}
