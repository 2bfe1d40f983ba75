import { Duplex } from "node:stream";
import { openGate } from "../../../lib/adapters/relay/gate.ts";
import type { WitnessAnswer } from "../../../lib/domain/exit-check.ts";
import {
  type DirectIp,
  type ExitIp,
  type IpAddress,
  type IpFamily,
  parseIp,
} from "../../../lib/domain/ip.ts";
import type { TransportFailure } from "../../../lib/domain/proxy/transport.ts";
import type { Clock } from "../../../lib/ports/clock.ts";
import type { Dial, ExitWitness, VenueProbe } from "../../../lib/ports/exit-witness.ts";
import type { DialedConnection, Relay, RelayFactory, RelayOptions } from "../../../lib/ports/relay.ts";

/** One proxy of the fake world and what is wrong with it now. */
export interface FakeProxy {
  readonly label: string;
  exitIp: string;
  /** `blocked`: it answers, and reaches nothing. `offline`: this host cannot try it. */
  fault: "none" | "refused" | "auth" | "hangs" | "blocked" | "denied" | "offline";
  /** What each witness sees instead of the exit; undefined where it is not reached. */
  showsTo?: (witness: string) => string | undefined;
}

/** What lies outside the launchers: proxies, witnesses, the hosts' own address. */
export interface FakeNet {
  readonly proxies: Map<string, FakeProxy>;
  areWitnessesDown: boolean;
  directIp: string | undefined;
  directIpv6: string | undefined;
  /** Called before each witness answers: what happens in the middle of a proof. */
  onAsk: () => void;
  /** What a venue answers to whoever leaves through the proxy of that label. */
  venueAnswers: (label: string, url: string) => { readonly status: number; readonly body: string };
}

/** The witnesses that every run of the fake world asks. */
export const witnesses = ["https://one.test/", "https://two.test/"] as const;

/** A relay over the real gate, which the tests look into. */
export interface FakeRelay extends Relay {
  readonly options: RelayOptions;
  readonly upstreamLabel: () => string | undefined;
  readonly isClosed: () => boolean;
  readonly deadline: () => number | undefined;
  /** Of which it lets address literals through. */
  readonly families: () => readonly IpFamily[];
  /** A connection of the bot: undefined when it passes, otherwise why not. */
  readonly knock: () => string | undefined;
}

class Dialled extends Duplex {
  readonly label: string;
  constructor(label: string) {
    super();
    this.label = label;
  }
}

/** Opens fake relays and tells each to `onOpen`. */
export function fakeRelays(net: FakeNet, clock: Clock, onOpen: (relay: FakeRelay) => void): RelayFactory {
  return {
    async open(options) {
      const relay = fakeRelay(net, clock, options);
      onOpen(relay);
      return relay;
    },
  };
}

function fakeRelay(net: FakeNet, clock: Clock, options: RelayOptions): FakeRelay {
  const gate = openGate(clock, options.onEvent, () => ({ severAll() {}, holdAll() {}, releaseAll() {} }));
  let label: string | undefined;
  let isClosed = false;
  let deadline: number | undefined;
  let families: readonly IpFamily[] = [];
  return {
    options,
    host: "127.0.0.1",
    port: 40_000,
    get gate() {
      // Asking a gate that was never opened would be a knock.
      if (gate.state() === "open") gate.whyShut();
      return gate.state();
    },
    setUpstream(upstream) {
      label = upstream?.label;
    },
    setFamilies(proven) {
      families = proven;
    },
    open: gate.open,
    pause: gate.pause,
    shut: gate.shut,
    cut: gate.cut,
    setDeadline(at) {
      deadline = at;
      gate.setDeadline(at);
    },
    dial: (_host, _port, timeoutMs) => dialProxy(net, clock, label, timeoutMs),
    attach() {},
    byHost: () => [],
    counters: () => ({ openTunnels: 0, tunnels: 0, failures: 0, refused: 0, bytesUp: 0, bytesDown: 0 }),
    async close() {
      isClosed = true;
      gate.close();
    },
    upstreamLabel: () => label,
    isClosed: () => isClosed,
    deadline: () => deadline,
    families: () => families,
    knock: () => gate.whyShut(),
  };
}

/** A connection by way of the proxy of that label; rejects as its fault says. */
export async function dialProxy(
  { proxies }: FakeNet,
  clock: Clock,
  label: string | undefined,
  timeoutMs: number,
): Promise<DialedConnection> {
  const proxy = label === undefined ? undefined : proxies.get(label);
  if (proxy === undefined) throw failed("refused", "no proxy is set");
  if (proxy.fault === "hangs") await new Promise<void>((resolve) => clock.after(timeoutMs, resolve));
  if (proxy.fault === "none") return new Dialled(proxy.label);
  if (proxy.fault === "offline") throw failed("refused", `${proxy.label} has no route`, "host");
  const kind = proxy.fault === "hangs" ? "timeout" : proxy.fault;
  throw failed(kind, `${proxy.label} ${kind === "auth" ? "refused the credential" : kind}`);
}

function failed(
  kind: TransportFailure["kind"],
  message: string,
  scope: TransportFailure["scope"] = kind === "blocked" || kind === "denied" ? "target" : "upstream",
): Error {
  const remedy = kind === "denied" ? "https-witnesses" : undefined;
  const failure: TransportFailure = { kind, scope, message, status: undefined, remedy };
  return Object.assign(new Error(message), { failure });
}

/** Venues that answer as the world says. */
export function fakeVenueProbe(net: FakeNet, clock: Clock): VenueProbe {
  return {
    async ask(url, dial, timeoutMs) {
      try {
        const { host } = new URL(url);
        const { label } = (await dial(host, 443, timeoutMs)) as Dialled;
        const told = net.venueAnswers(label, url);
        const rest = { headers: {}, isSigned: false, times: 1, at: clock.now() } as const;
        return { kind: "answered", answer: { host, ...told, ...rest } };
      } catch (error) {
        return { kind: "failed", failure: (error as { readonly failure: TransportFailure }).failure };
      }
    },
  };
}

/** Witnesses that tell the exit of whatever proxy the connection came through. */
export function fakeWitness(net: FakeNet, clock: Clock): ExitWitness {
  const seen = (witness: string, ip: string): WitnessAnswer => {
    const exitIp = parseIp(ip) as ExitIp;
    return { kind: "seen", exitIp, country: undefined, witness, seenAt: clock.now(), reach: "public" };
  };
  const unknown = (witness: string, why: string, failure?: TransportFailure): WitnessAnswer => {
    return { kind: "unknown", witness, why, seenAt: clock.now(), failure };
  };
  return {
    async ask(witness: string, dial: Dial, timeoutMs: number) {
      net.onAsk();
      try {
        const { label } = (await dial("witness.test", 443, timeoutMs)) as Dialled;
        if (net.areWitnessesDown) return unknown(witness, "answered 503");
        const proxy = net.proxies.get(label);
        const ip = proxy?.showsTo === undefined ? proxy?.exitIp : proxy.showsTo(witness);
        return ip === undefined ? unknown(witness, "answered 503") : seen(witness, ip);
      } catch (error) {
        const { failure } = error as { readonly failure: TransportFailure };
        return unknown(witness, failure.message, failure);
      }
    },
    parse: (witness, answer) =>
      "error" in answer ? unknown(witness, answer.error) : seen(witness, answer.body),
    async directIp(_witnesses, _timeoutMs, family) {
      const own = family === "ipv6" ? net.directIpv6 : net.directIp;
      return own === undefined ? undefined : (parseIp(own) as IpAddress as DirectIp);
    },
  };
}
