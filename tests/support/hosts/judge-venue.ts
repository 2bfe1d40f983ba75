import type { VenueEntry } from "../../lab/venue.ts";
import { loginOf } from "./fleet-stage.ts";

/** What a venue's own log shows that must never be. */
export interface VenueVerdict {
  /** Two runs of one account that were logged in at the same time. */
  readonly doubleLogins: readonly string[];
  /** Two accounts that came from one address at the same time. */
  readonly sharedExits: readonly string[];
}

/** A run as the venue saw it at one address, from its first request there to its last before it came from another one. */
interface Stay {
  readonly account: string;
  readonly run: string;
  readonly host: string;
  readonly peer: string;
  readonly from: number;
  readonly to: number;
}

/** Judges by the venue's clock alone; it knows nothing of leases. */
export function judgeVenue(entries: readonly VenueEntry[]): VenueVerdict {
  const stays = staysOf(entries);
  const doubleLogins: string[] = [];
  const sharedExits: string[] = [];
  for (const [index, one] of stays.entries()) {
    for (const other of stays.slice(index + 1)) {
      if (other.from > one.to || one.from > other.to) continue;
      if (one.account === other.account && one.run !== other.run) doubleLogins.push(both(one, other));
      if (one.account !== other.account && one.peer === other.peer) sharedExits.push(both(one, other));
    }
  }
  return { doubleLogins, sharedExits };
}

function staysOf(entries: readonly VenueEntry[]): readonly Stay[] {
  const current = new Map<string, Stay>();
  const stays: Stay[] = [];
  for (const entry of entries) {
    const { run, host } = loginOf(entry);
    const before = current.get(run);
    if (before?.peer === entry.peer) current.set(run, { ...before, to: entry.at });
    else {
      if (before !== undefined) stays.push(before);
      const account = entry.account ?? "nobody";
      current.set(run, { account, run, host, peer: entry.peer, from: entry.at, to: entry.at });
    }
  }
  return [...stays, ...current.values()].toSorted((a, b) => a.from - b.from);
}

function both(one: Stay, other: Stay): string {
  const overlapMs = Math.min(one.to, other.to) - Math.max(one.from, other.from);
  return `${describe(one)} and ${describe(other)}, for ${overlapMs} ms`;
}

function describe({ account, run, host, peer }: Stay): string {
  return `${account} on ${host} from ${peer} (run ${run.slice(0, 8)})`;
}
