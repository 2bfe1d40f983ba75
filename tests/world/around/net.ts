import { openGate } from "../../../lib/adapters/relay/gate.ts";
import type { WitnessAnswer } from "../../../lib/domain/exit-check.ts";
import { type DirectIp, type ExitIp, type IpAddress, parseIp } from "../../../lib/domain/ip.ts";
import type { TransportFailure } from "../../../lib/domain/proxy/transport.ts";
import type { Clock } from "../../../lib/ports/clock.ts";
import type { Dial, ExitWitness, NetworkControl, VenueProbe } from "../../../lib/ports/exit-witness.ts";
import type { DialedConnection, Relay, RelayFactory, RelayOptions } from "../../../lib/ports/relay.ts";
import type { Chance } from "../time/chance.ts";
import type { HostClock } from "../time/host-clock.ts";
import { venueHosts, type WorldProxy, witnesses } from "./layout.ts";
import { directIpOf, exitOf, type Truth, venueAnswer } from "./truth.ts";

/** How one host reaches the world outside. */
export interface HostNet {
  readonly relays: RelayFactory;
  readonly witness: ExitWitness;
  readonly venueProbe: VenueProbe;
  readonly control: NetworkControl;
  /** The relay of an account's bot. */
  readonly relayOf: (name: string) => WorldRelay | undefined;
  /** Where what is sent through a proxy leaves now; undefined and why where it does not get out. */
  readonly leave: (label: string | undefined) => Way | TransportFailure;
  /** A witness told this exit to somebody who asked through that way. */
  readonly noteSeen: (way: Way, seen: { readonly exitIp: ExitIp; readonly witness: string }) => void;
  /** How long ago that many witnesses saw this exit behind that proxy, for this launcher. */
  readonly provenAgoMs: (label: string, exitIp: ExitIp, by: number) => number;
}

export interface NetParts {
  readonly host: string;
  readonly truth: Truth;
  readonly proxies: ReadonlyMap<string, WorldProxy>;
  readonly clock: HostClock;
  readonly chance: Chance;
  readonly nowMs: () => number;
}

/** Through which proxy, to be seen with which address. */
export interface Way {
  readonly label: string;
  readonly exitIp: ExitIp;
}

/** A relay over the real gate. */
export interface WorldRelay extends Relay {
  readonly name: string;
  readonly label: () => string | undefined;
  /** A connection of the bot: undefined when it passes, otherwise why not. */
  readonly whyShut: () => string | undefined;
  readonly isHeld: () => boolean;
  readonly tellFailure: (target: string, failure: TransportFailure) => void;
}

type Dialled = DialedConnection & { readonly way: Way };

export function isFailure(way: Way | TransportFailure): way is TransportFailure {
  return "scope" in way;
}

/** The net of one launcher. */
export function hostNet(parts: NetParts): HostNet {
  const { clock, chance } = parts;
  const opened = new Map<string, WorldRelay>();
  const proofs = new Map<string, Map<string, number>>();
  const leave = (label: string | undefined) => leaveThrough(parts, label);
  const noteSeen: HostNet["noteSeen"] = ({ label }, { exitIp, witness }) => {
    const seen = proofs.get(`${label} ${exitIp}`) ?? new Map<string, number>();
    proofs.set(`${label} ${exitIp}`, seen.set(witness, parts.nowMs()));
  };
  const dial = async (label: string | undefined, timeoutMs: number): Promise<Dialled> => {
    const way = leave(label);
    if (!isFailure(way)) {
      await pass(clock, chance.between(5, 60));
      return { way } as unknown as Dialled;
    }
    await pass(clock, way.kind === "timeout" ? timeoutMs : chance.between(1, 60));
    throw Object.assign(new Error(way.message), { failure: way });
  };
  return {
    relays: {
      async open(options) {
        const relay = openRelay(clock, options, dial);
        opened.set(options.name, relay);
        return relay;
      },
    },
    witness: witnessOf(parts, noteSeen),
    venueProbe: venueProbeOf(parts),
    control: {
      async ask() {
        const isAnswered = !parts.truth.isHostOffline.has(parts.host);
        await pass(clock, isAnswered ? chance.between(10, 80) : 5_000);
        return { isAnswered, asked: witnesses };
      },
    },
    relayOf: (name) => opened.get(name),
    leave,
    noteSeen,
    provenAgoMs(label, exitIp, by) {
      const seen = [...(proofs.get(`${label} ${exitIp}`)?.values() ?? [])].sort((a, b) => b - a);
      return parts.nowMs() - (seen[by - 1] ?? Number.NEGATIVE_INFINITY);
    },
  };
}

function pass(clock: HostClock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.deliver(ms, resolve));
}

function leaveThrough({ host, truth, proxies }: NetParts, label: string | undefined): Way | TransportFailure {
  const proxy = label === undefined ? undefined : proxies.get(label);
  if (proxy === undefined) return failed("refused", "no proxy is set");
  if (truth.isHostOffline.has(host)) return failed("timeout", `${proxy.label} did not answer`);
  if (truth.isVendorOut.has(proxy.provider)) return failed("timeout", `${proxy.label} did not answer`);
  if (truth.isProxyDead.has(proxy.label)) return failed("refused", `${proxy.label} refused the connection`);
  if (truth.isRefusingCredential.has(proxy.label))
    return failed("auth", `${proxy.label} refused the credential`);
  return { label: proxy.label, exitIp: exitOf(truth, proxy, host) };
}

function failed(kind: TransportFailure["kind"], message: string): TransportFailure {
  return { kind, scope: "upstream", message, status: undefined };
}

function openRelay(
  clock: Clock,
  { name, onEvent }: RelayOptions,
  dial: (label: string | undefined, timeoutMs: number) => Promise<DialedConnection>,
): WorldRelay {
  const gate = openGate(clock, onEvent, () => ({ severAll() {}, holdAll() {}, releaseAll() {} }));
  let label: string | undefined;
  const none = { openTunnels: 0, tunnels: 0, failures: 0, refused: 0, bytesUp: 0, bytesDown: 0 };
  return {
    name,
    host: "127.0.0.1",
    port: 40_000,
    get gate() {
      return gate.state();
    },
    setUpstream(upstream) {
      label = upstream?.label;
    },
    setFamilies() {},
    open: gate.open,
    pause: gate.pause,
    shut: gate.shut,
    cut: gate.cut,
    setDeadline: gate.setDeadline,
    dial: (_host, _port, timeoutMs) => dial(label, timeoutMs),
    attach() {},
    byHost: () => [],
    counters: () => none,
    close: async () => gate.close(),
    label: () => label,
    whyShut: gate.whyShut,
    isHeld: gate.isPaused,
    tellFailure: (target, failure) => onEvent({ type: "failed", target, failure }),
  };
}

function witnessOf({ host, truth, clock, chance }: NetParts, onSeen: HostNet["noteSeen"]): ExitWitness {
  const seen = (witness: string, exitIp: ExitIp): WitnessAnswer => ({
    kind: "seen",
    exitIp,
    country: undefined,
    witness,
    seenAt: clock.now(),
    reach: "public",
  });
  const unknown = (witness: string, why: string, failure?: TransportFailure): WitnessAnswer => ({
    kind: "unknown",
    witness,
    why,
    seenAt: clock.now(),
    failure,
  });
  return {
    async ask(witness: string, dial: Dial, timeoutMs: number) {
      try {
        const { way } = (await dial("witness.test", 443, timeoutMs)) as Dialled;
        await pass(clock, chance.between(5, 40));
        if (truth.isWitnessDown.has(witness)) return unknown(witness, "answered 503");
        const exitIp = truth.lies.get(witness) ?? way.exitIp;
        onSeen(way, { exitIp, witness });
        return seen(witness, exitIp);
      } catch (error) {
        const { failure } = error as { readonly failure: TransportFailure | undefined };
        if (failure === undefined) throw error;
        return unknown(witness, failure.message, failure);
      }
    },
    parse: (witness, answer) => {
      if ("error" in answer) return unknown(witness, answer.error);
      return seen(witness, parseIp(answer.body) as ExitIp);
    },
    async directIp(_witnesses, timeoutMs, family) {
      await pass(clock, chance.between(5, 60));
      if (family === "ipv6") return undefined;
      if (!truth.isHostOffline.has(host)) return directIpOf(host) as IpAddress as DirectIp;
      await pass(clock, timeoutMs);
      return undefined;
    },
  };
}

function venueProbeOf({ truth, clock, nowMs }: NetParts): VenueProbe {
  const names = new Map(Object.entries(venueHosts).map(([venue, host]) => [host, venue]));
  return {
    async ask(url, dial, timeoutMs) {
      try {
        const { host } = new URL(url);
        const { way } = (await dial(host, 443, timeoutMs)) as Dialled;
        const venue = names.get(host) ?? host;
        const told = venueAnswer(truth, { venue, exitIp: way.exitIp, account: undefined, nowMs: nowMs() });
        const { status, retryAfterS } = told;
        const headers = retryAfterS === undefined ? {} : { "retry-after": String(retryAfterS) };
        const rest = { body: "{}", isSigned: false, times: 1, at: clock.now() } as const;
        return { kind: "answered", answer: { host, status, headers, ...rest } };
      } catch (error) {
        const { failure } = error as { readonly failure: TransportFailure | undefined };
        if (failure === undefined) throw error;
        return { kind: "failed", failure };
      }
    },
  };
}
