import type { Assignment } from "../../domain/assignment.ts";
import type { ProxyId } from "../../domain/ids.ts";
import type { Proxy } from "../../domain/proxy/proxy.ts";
import type { ProxyHealth } from "../../domain/proxy/proxy-health.ts";
import type { Incident } from "../../domain/reputation/incident.ts";

/** What a judgement reads of the rows it may change. */
export interface VerdictFacts {
  readonly proxy: Proxy;
  /** Undefined for a check that no account asked for. */
  readonly assignment: Assignment | undefined;
  /** What the observer's own host has said of the proxy. */
  readonly health: ProxyHealth | undefined;
  /** Of the proxy's vendor, or of the observer's host, where one is on: nothing is held against the proxy then. */
  readonly incident?: Incident | undefined;
  /** The other proxies that have the same credential, as that host sees them. */
  readonly sharing: readonly { readonly proxyId: ProxyId; readonly health: ProxyHealth | undefined }[];
}

/** What a judgement must know beside the evidence and the rows. */
export interface Guard {
  /** Whether anything but the proxy in question answered from this host meanwhile. */
  readonly control: "answers" | "silent" | "unasked";
  /** A number in [0, 1) that spreads cooldowns. */
  readonly random01: number;
}
