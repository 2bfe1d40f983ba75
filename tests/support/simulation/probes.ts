import type { Proxy } from "../../../lib/domain/proxy/proxy.ts";
import { exitOf, type SimAccount } from "./layout.ts";
import type { Outcome, Way, World } from "./world.ts";

/** Two witnesses are asked in each round. */
const witnesses = 2;
const roundsOfProof = 3;

/** What a launcher finds out by asking: the only way in which a policy learns of the world. */
export class Probes {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  askWitnesses(account: SimAccount, proxy: Proxy, nowS: number): readonly Outcome[] {
    return Array.from({ length: witnesses }, () => this.#world.connect(wayOf(account, proxy), nowS));
  }

  reaches(account: SimAccount, proxy: Proxy, nowS: number): boolean {
    return this.askWitnesses(account, proxy, nowS).some(({ kind }) => kind === "answered");
  }

  /** Whether the host has a network, by a witness that is asked without a proxy. */
  hostReaches({ account, host }: SimAccount, nowS: number): boolean {
    const exitIp = "192.0.2.1" as Way["exitIp"];
    const way = { account: account.name, host, proxy: "none", provider: "none", exitIp };
    return this.#world.connect(way, nowS).kind === "answered";
  }

  hasDrifted(account: SimAccount, proxy: Proxy, nowS: number): boolean {
    return this.#world.exitOf(wayOf(account, proxy), nowS) !== proxy.expectedIp;
  }

  /** The venue's own clock, asked by the launcher through an exit. */
  venue(account: SimAccount, proxy: Proxy, nowS: number): Outcome {
    return this.#world.ask(wayOf(account, proxy), account.venue, nowS, false);
  }

  /** Proof of a candidate, and the venue where it has to serve it; undefined when all is well. */
  tryOut(
    account: SimAccount,
    proxy: Proxy,
    needsVenue: boolean,
    nowS: number,
  ): "failed" | "refused" | "drifted" | "unserved" | undefined {
    const rounds = Array.from({ length: roundsOfProof }, () =>
      this.askWitnesses(account, proxy, nowS),
    ).flat();
    if (rounds.every((answer) => answer.kind === "failed" && answer.isRefusal)) return "refused";
    if (rounds.filter(({ kind }) => kind === "answered").length < witnesses) return "failed";
    if (this.hasDrifted(account, proxy, nowS)) return "drifted";
    if (!needsVenue) return undefined;
    const answer = this.venue(account, proxy, nowS);
    return answer.kind === "answered" && answer.class === "ok" ? undefined : "unserved";
  }
}

/** The way of an account through a proxy. */
export function wayOf({ account, host }: SimAccount, proxy: Proxy): Way {
  const { id, provider } = proxy;
  return { account: account.name, host, proxy: id, provider, exitIp: exitOf(proxy) };
}
