import type { Account } from "../../domain/account.ts";
import { exitKeyOf, type IpAddress, type PublicRange } from "../../domain/ip.ts";
import { parseChangeLimit } from "../../domain/reputation/registration.ts";
import { UsageError } from "../../errors.ts";
import { isRegistered } from "../../policy/reputation/registration.ts";
import { exitOfCandidate } from "../../policy/reputation/venue-findings.ts";
import type { Store } from "../../ports/store/store.ts";
import { type Act, consequencesOf } from "../exits/exit-consequences.ts";
import { requirePublicIp } from "../exits/find-exit.ts";
import type { Operator } from "../operator.ts";

/** As many as the most generous venue takes for one key. */
const mostExits = 50;

/** Reads a list of addresses as it was typed, each once; throws UsageError. */
export function readRegistered(text: string, publicRanges: readonly PublicRange[]): readonly IpAddress[] {
  const given = text.split(/[\s,]+/).filter((part) => part !== "");
  const exitIps = [...new Set(given.map((part) => requirePublicIp(part, publicRanges)))];
  if (exitIps.length === 0)
    throw new UsageError("LAUNCH_INVALID_VALUE", "--registered got no address.", {
      hint: "Give them as 203.0.113.7,203.0.113.8, or remove the list with `--clear registered`.",
    });
  if (exitIps.length > mostExits)
    throw new UsageError(
      "LAUNCH_INVALID_VALUE",
      `--registered got ${exitIps.length} addresses; no venue takes more than ${mostExits}.`,
    );
  return exitIps;
}

/** Checks how often a list may change, as it was typed; throws UsageError. */
export function readChangeLimit(text: string): string {
  if (parseChangeLimit(text) !== undefined) return text.trim();
  throw new UsageError("LAUNCH_INVALID_VALUE", `"${text}" does not say how often a list may change.`, {
    hint: "Write it as 1/7d for one change in seven days, or 2/24h.",
  });
}

/** The addresses that come onto the list and that go from it. */
export interface ListChange {
  readonly added: readonly IpAddress[];
  readonly removed: readonly IpAddress[];
}

/** Puts a new list in the place of the old one; undefined when it is the same. */
export async function register(
  operator: Operator,
  store: Store,
  { id }: Account,
  exitIps: readonly IpAddress[],
): Promise<ListChange | undefined> {
  const history = await store.accounts.registrations(id);
  const old = history.filter(({ until }) => until === undefined).map(({ exitIp }) => exitIp);
  const change = {
    added: exitIps.filter((ip) => !old.includes(ip)),
    removed: old.filter((ip) => !exitIps.includes(ip)),
  };
  if (change.added.length + change.removed.length === 0) return undefined;
  await store.accounts.register(id, { exitIps, at: operator.clock.now(), by: operator.actor });
  return change;
}

/** What a new list means for the account's bot, to be said before it is made. */
export async function consequencesOfList(
  operator: Operator,
  name: string,
  exitIps: readonly IpAddress[],
): Promise<readonly string[]> {
  if (exitIps.length === 0) return [];
  const list = exitIps.map((ip) => ({ exitKey: exitKeyOf(ip), until: undefined }));
  const takes: Act["takes"] = (candidate) => {
    const exitIp = exitOfCandidate(candidate);
    return exitIp === undefined || !isRegistered([exitIp], list);
  };
  return await consequencesOf(operator, { accountNames: [name], takes });
}
