import type { KeyId, ProxyId } from "../../domain/ids.ts";
import type { IpAddress } from "../../domain/ip.ts";
import type { SealedCredential } from "../../domain/proxy/credential.ts";
import type { Proxy } from "../../domain/proxy/proxy.ts";
import type { ProxyCheck } from "../../domain/proxy/proxy-check.ts";
import type { ProxyHealth } from "../../domain/proxy/proxy-health.ts";

export type NewProxy = Omit<Proxy, "revision" | "state" | "stateSince" | "nextProbeAt">;

export interface ProxyStore {
  /** Rejects with UsageError LAUNCH_ALREADY_EXISTS when the label is taken. */
  create(proxy: NewProxy): Promise<void>;
  /** The same for many at once: all of them, or none. */
  createMany(proxies: readonly NewProxy[]): Promise<void>;
  find(label: string): Promise<Proxy | undefined>;
  list(): Promise<readonly Proxy[]>;
  /** The labels of those that differ from one of these at most in case. */
  labelsLike(labels: readonly string[]): Promise<readonly string[]>;
  /** Grows `revision` when endpoint, authType, sealed, ca or expectedIp change. */
  update(id: ProxyId, change: ProxyChange): Promise<void>;
  /** Removes the proxy with its assignments; its history stays. */
  remove(id: ProxyId): Promise<void>;
  /** Replaces the sealed form without growing `revision`: the credential is the same. Only when the row still holds `from`. */
  replaceSealed(id: ProxyId, from: string, to: SealedCredential): Promise<boolean>;
  /** How many rows are sealed with each key. */
  keyUse(): Promise<ReadonlyMap<KeyId, number>>;
  /** Notes that people are warned so many days before the proxy ends; false when they were warned of this or a nearer time already. */
  warnOnce(id: ProxyId, days: number): Promise<boolean>;
  /** The last exit that each proxy showed, of one or of all; those without one are missing. */
  lastExits(id?: ProxyId): Promise<ReadonlyMap<ProxyId, IpAddress>>;
  recordCheck(check: ProxyCheck): Promise<void>;
  /** What every host has seen within the last days, of one proxy or of all. */
  health(id?: ProxyId): Promise<readonly ProxyHealth[]>;
  /** Drops what every host has seen: it was said of another endpoint or credential. */
  forgetHealth(id: ProxyId): Promise<void>;
}

export type ProxyChange = {
  readonly [K in keyof Omit<Proxy, "id" | "revision">]?: Proxy[K];
};
