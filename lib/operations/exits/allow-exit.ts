import { anyVenue, type VenueName } from "../../domain/account.ts";
import { exitKeyOf, type IpAddress } from "../../domain/ip.ts";
import type { Acceptance } from "../../domain/reputation/acceptance.ts";
import type { Change } from "../../domain/verdict/change.ts";
import { LaunchError, UsageError } from "../../errors.ts";
import { nextAcceptance } from "../../policy/reputation/acceptance.ts";
import { requireAccount } from "../find-by-name.ts";
import type { Operator } from "../operator.ts";
import { requireVenue } from "../require-venues.ts";

export interface AllowedExit {
  readonly venues: readonly VenueName[];
  /** Venues that were known to accept it already. */
  readonly known: readonly VenueName[];
}

/** Says that a venue takes the account's requests from an address: at one venue, or at all that the account has. */
export async function allowExit(
  operator: Operator,
  name: string,
  { exitIp, venue }: { readonly exitIp: IpAddress; readonly venue: VenueName | undefined },
): Promise<AllowedExit> {
  return await operator.store.transaction(async (store) => {
    const account = await requireAccount(store, name);
    const venues = venue === undefined ? account.venues : [await requireVenue(store, venue)];
    if (venues.includes(anyVenue))
      throw new UsageError("LAUNCH_USAGE", `Account "${name}" has no venues of its own.`, {
        hint: `Say which one: \`launch account allow ${name} ${exitIp} --venue binance\`.`,
      });
    const exitKey = exitKeyOf(exitIp);
    const present = await store.reputations.acceptances({ accountId: account.id });
    const at = operator.clock.now();
    const known: VenueName[] = [];
    const changes: Change[] = [];
    for (const each of venues) {
      const current = present.find((row) => row.venue === each && row.exitKey === exitKey);
      const why = `${operator.actor} said so.`;
      const seen = { accountId: account.id, venue: each, exitKey, exitIp, why, at };
      const next = nextAcceptance(current, "allowed", seen);
      if (next === undefined) known.push(each);
      else changes.push(changeTo(operator, current, next, name));
    }
    if ((await store.apply(changes)).length > 0)
      throw new LaunchError(
        "LAUNCH_IN_USE",
        `What is known of ${exitIp} for ${name} changed at this moment.`,
        {
          hint: "Run the command again.",
        },
      );
    return { venues, known };
  });
}

function changeTo(
  { actor, host }: Operator,
  current: Acceptance | undefined,
  next: Acceptance,
  name: string,
): Change {
  const { accountId, exitIp, venue, at } = next;
  const message = `${venue} takes ${name}'s requests from ${exitIp}, as ${actor} said.`;
  const event = {
    at,
    kind: "account.exit_allowed",
    severity: "info",
    actor,
    host,
    accountId,
    message,
  } as const;
  return { on: "acceptance", expected: current?.state, next, event };
}
