import type { VenueName } from "../../../domain/account.ts";
import type { AccountId } from "../../../domain/ids.ts";
import type { IpAddress } from "../../../domain/ip.ts";
import type { Proxy } from "../../../domain/proxy/proxy.ts";
import type { Reputation } from "../../../domain/reputation/reputation.ts";

/** Shares background probes out among launchers: what one has claimed is due for the others only after `leaseMs`. */
export interface ProbeStore {
  /** Proxies whose transport this host is to try: one prober for each host. */
  claimTransport(claim: ProbeClaim & { readonly hostKey: string }): Promise<readonly DueProxy[]>;
  /** Proxies whose exit is to be read: one prober for all hosts. */
  claimExits(claim: ProbeClaim): Promise<readonly DueProxy[]>;
  /** Exits at which a venue is to be asked: those that are leased, and those that wait there. One prober for all hosts. */
  claimVenues(claim: ProbeClaim): Promise<readonly DueVenue[]>;
}

export interface ProbeClaim {
  /** Only proxies of these accounts: nobody uses another account's credential. */
  readonly accountIds: readonly AccountId[];
  readonly limit: number;
  /** For so long nobody else gets it; whoever probes says then when the next one is due. */
  readonly leaseMs: number;
  /** Where nothing says when the next one is due: so long after what was seen last. */
  readonly restMs: number;
}

/** A proxy that is to be probed, by the account that may use it. */
export interface DueProxy {
  readonly proxy: Proxy;
  readonly accountId: AccountId;
  /** Whether a bot leaves through it now. */
  readonly isLeased: boolean;
}

/** A venue that is to be asked through an exit. */
export interface DueVenue {
  readonly proxy: Proxy;
  readonly accountId: AccountId;
  readonly venue: VenueName;
  readonly exitIp: IpAddress;
  /** Undefined where nothing was ever said. */
  readonly reputation: Reputation | undefined;
  readonly isLeased: boolean;
}
