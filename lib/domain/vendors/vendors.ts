import type { TransportFailure } from "../proxy/transport.ts";
import vendors from "./vendors.json" with { type: "json" };

/** What is known of one vendor's gateways; `hosts` are theirs and all below, none means every host. */
export interface Vendor {
  readonly vendor: string;
  readonly hosts: readonly string[];
  readonly notes: readonly VendorNote[];
  readonly refusals: readonly VendorRefusal[];
}

/** Something that an operator should know of a proxy; every condition that is given must hold. */
export interface VendorNote {
  readonly hosts?: readonly string[];
  readonly ports?: readonly number[];
  /** Regular expressions that the user name has, or has not. */
  readonly user?: string;
  readonly lacks?: string;
  /** A regular expression for the password. */
  readonly secret?: string;
  /** No expected address is given. */
  readonly unpinned?: boolean;
  readonly text: string;
  readonly source: string;
}

/** What a vendor means by a status in answer to CONNECT. */
export interface VendorRefusal extends Partial<Pick<TransportFailure, "kind" | "scope">> {
  readonly status: number;
  readonly text: string;
  readonly source: string;
}

/** Every vendor whose gateways behave in a way of their own. */
export const knownVendors = vendors as readonly Vendor[];

/** What the vendor of a gateway means by a status, where that differs from what others mean. */
export function vendorRefusal(host: string, status: number): VendorRefusal | undefined {
  return knownVendors
    .filter(({ hosts }) => isHostOf(host, hosts))
    .flatMap(({ refusals }) => refusals)
    .find((refusal) => refusal.status === status);
}

/** Whether a host is one of these or below one of them. */
export function isHostOf(host: string, hosts: readonly string[]): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  return hosts.some((each) => name === each || name.endsWith(`.${each}`));
}
