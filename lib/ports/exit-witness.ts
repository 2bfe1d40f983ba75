import type { WitnessAnswer } from "../domain/exit-check.ts";
import type { DirectIp, IpFamily } from "../domain/ip.ts";
import type { Proxy } from "../domain/proxy/proxy.ts";
import type { TransportFailure } from "../domain/proxy/transport.ts";
import type { VenueAnswer } from "../domain/verdict/venue-answer.ts";
import type { WitnessRawAnswer } from "./bot-channel.ts";
import type { DialedConnection } from "./relay.ts";

/** Opens a connection to `host:port`; rejects with a RelayDialError. */
export type Dial = (host: string, port: number, timeoutMs: number) => Promise<DialedConnection>;

/** Asks the world which address it sees. */
export interface ExitWitness {
  /** Asks one witness through the given connection; never rejects: what cannot be used is `unknown`. */
  ask(witness: string, dial: Dial, timeoutMs: number): Promise<WitnessAnswer>;
  /** Judges what the bot's own stack got from a witness. */
  parse(witness: string, answer: WitnessRawAnswer): WitnessAnswer;
  /** Asks the witnesses without any proxy, over one address family where it is given; undefined when none could be reached so. */
  directIp(witnesses: readonly string[], timeoutMs: number, family?: IpFamily): Promise<DirectIp | undefined>;
}

/** Tells a dead proxy from a dead network: asks something else from this host, with nobody's credential. */
export interface NetworkControl {
  /** Asks the witnesses without a proxy; with `network.direct: off` the gateways of other vendors than those tried, by TCP. Never rejects. */
  ask(tried: readonly Pick<Proxy, "endpoint" | "provider">[]): Promise<{
    readonly isAnswered: boolean;
    /** What was asked, in words. */
    readonly asked: readonly string[];
  }>;
}

/** Asks a venue what it answers to whoever leaves from an exit: one GET without key, cookie or name. */
export interface VenueProbe {
  /** Never rejects. */
  ask(url: string, dial: Dial, timeoutMs: number): Promise<VenueProbeAnswer>;
}

export type VenueProbeAnswer =
  | { readonly kind: "answered"; readonly answer: VenueAnswer }
  | { readonly kind: "failed"; readonly failure: TransportFailure };
