import type { CountryCode } from "../account.ts";
import type { Proof } from "../exit-check.ts";
import type { AccountId, RunId } from "../ids.ts";
import type { ExitIp } from "../ip.ts";
import type { Proxy } from "../proxy/proxy.ts";
import type { TransportFailure } from "../proxy/transport.ts";
import type { Instant } from "../time.ts";

/** Who saw something: a run or an operator, and on which host. */
export interface Observer {
  /** As the history shows it: `system`, or `user:<name>`. */
  readonly actor: string;
  readonly host: string;
  /** The host as `ProxyHealth` names it. */
  readonly hostKey: string;
  readonly runId: RunId | undefined;
  readonly accountId: AccountId | undefined;
}

/** What was seen of a proxy, its exit or this host. Whoever sees something reports it; only `judge` draws conclusions. */
export type Evidence =
  /** At least two witnesses agreed on the expected exit. `pins`: the address becomes the expected one. */
  | { readonly kind: "exit-proven"; readonly proof: Proof; readonly pins: boolean; readonly tookMs: number }
  /** Another address than the expected or proven one was seen, or the host's own. */
  | {
      readonly kind: "exit-wrong";
      readonly why: string;
      readonly seen: ExitIp | undefined;
      readonly country: CountryCode | undefined;
      readonly tookMs: number;
    }
  /** The proxy could not be used, or this host could not try it; `refusals` counts the rounds in a row in which it refused the credential. */
  | {
      readonly kind: "proxy-failed";
      readonly failure: TransportFailure;
      readonly refusals: number;
      readonly tookMs: number;
    }
  /** A background probe reached a witness through the proxy. */
  | { readonly kind: "probe-passed"; readonly tookMs: number }
  /** A background probe did not; `refusals` as above. */
  | {
      readonly kind: "probe-failed";
      readonly failure: TransportFailure;
      readonly refusals: number;
      readonly tookMs: number;
    }
  /** The proxy answers, and the witnesses are silent or contradict one another. */
  | { readonly kind: "witnesses-unclear"; readonly why: string; readonly tookMs: number }
  /** The exit is proven through the relay, and not seen from inside the bot's network. */
  | { readonly kind: "unseen-inside"; readonly why: string }
  /** The account leaves through the exit from now on. */
  | { readonly kind: "exit-taken" }
  /** The exit has been held for so long without a failure. */
  | { readonly kind: "exit-clean"; readonly cleanMs: number }
  /** The exit was left without blame. */
  | { readonly kind: "exit-released"; readonly cleanMs: number }
  /** A running bot's exit did not stand its verification, while something else answered. */
  | {
      readonly kind: "exit-lost";
      readonly cause: "transport" | "auth" | "drift";
      readonly why: string;
      readonly cleanMs: number;
    }
  /** The exit was left because a venue refused it: the assignment shows that; without a time an operator has to revive it. */
  | {
      readonly kind: "exit-burned";
      readonly why: string;
      readonly untilAt: Instant | undefined;
      readonly cleanMs: number;
    }
  /** The operator took the exit away, changed it, or asked for another one. */
  | { readonly kind: "operator-changed"; readonly isRotation: boolean; readonly why: string };

/** Evidence about one proxy, as it was when it was seen. */
export interface Sighting {
  readonly by: Observer;
  readonly proxy: Pick<Proxy, "id" | "revision">;
  readonly evidence: Evidence;
}
