import type { Credential } from "../proxy/credential.ts";
import type { ProxyEndpoint } from "../proxy/proxy-endpoint.ts";
import { isHostOf, knownVendors, type Vendor, type VendorNote } from "./vendors.ts";

/** A proxy as far as a vendor's ways can be told from it. */
export interface DescribedProxy {
  readonly endpoint: ProxyEndpoint;
  readonly credential: Credential | undefined;
  readonly provider: string | undefined;
  readonly expectedIp: string | undefined;
}

/** Sentences about a proxy whose vendor behaves in a way that an operator should know before a bot uses it; none holds a secret. */
export function vendorNotes(proxy: DescribedProxy): readonly string[] {
  return knownVendors
    .filter((vendor) => isOfVendor(proxy, vendor))
    .flatMap(({ notes }) => notes.filter((note) => applies(note, proxy)).map(({ text }) => text));
}

// Some vendors sell bare addresses: there only the operator's word says whose they are.
function isOfVendor({ endpoint, provider }: DescribedProxy, { vendor, hosts }: Vendor): boolean {
  if (hosts.length === 0 || isHostOf(endpoint.host, hosts)) return true;
  return provider !== undefined && vendor.split(/[()]/).map(plain).includes(plain(provider));
}

// "Bright Data" as brightdata, "Decodo (Smartproxy)" by either name.
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

function applies(note: VendorNote, { endpoint, credential, expectedIp }: DescribedProxy): boolean {
  if (note.hosts !== undefined && !isHostOf(endpoint.host, note.hosts)) return false;
  if (note.ports !== undefined && !note.ports.includes(endpoint.port)) return false;
  if (note.unpinned === true && expectedIp !== undefined) return false;
  const { user, lacks, secret } = note;
  if ([user, lacks, secret].every((condition) => condition === undefined)) return true;
  if (credential === undefined) return false;
  if (user !== undefined && !new RegExp(user, "i").test(credential.user)) return false;
  if (lacks !== undefined && new RegExp(lacks, "i").test(credential.user)) return false;
  return secret === undefined || credential.secret.matches(new RegExp(secret));
}
