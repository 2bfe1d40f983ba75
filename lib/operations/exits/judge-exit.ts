import type { VenueName } from "../../domain/account.ts";
import type { Reputation } from "../../domain/reputation/reputation.ts";
import { switchDefaults } from "../../domain/reputation/switch-rules.ts";
import type { Instant } from "../../domain/time.ts";
import type { Change } from "../../domain/verdict/change.ts";
import { LaunchError, UsageError } from "../../errors.ts";
import { clearReputation, nextReputation } from "../../policy/reputation/reputation.ts";
import { burnedUntil } from "../../policy/reputation/venue-findings.ts";
import type { Store } from "../../ports/store/store.ts";
import type { Operator } from "../operator.ts";
import { requireVenue } from "../require-venues.ts";
import { type NamedExit, requireExit } from "./find-exit.ts";

/** What an operator says of an exit at a venue. */
export interface ExitWord {
  /** An address, or the label of the proxy that showed it last. */
  readonly named: string;
  readonly why: string | undefined;
}

export interface JudgedExit {
  readonly exit: NamedExit;
  readonly reputations: readonly Reputation[];
}

/** Says that a venue refuses an exit, until a time or until it is revived. */
export async function burnExit(
  operator: Operator,
  word: ExitWord,
  burn: { readonly venue: VenueName; readonly untilAt: Instant | undefined },
): Promise<JudgedExit> {
  const { untilAt } = burn;
  if (untilAt !== undefined && untilAt <= operator.clock.now())
    throw new UsageError("LAUNCH_INVALID_VALUE", "The time given by --until is over already.");
  return await operator.store.transaction(async (store) => {
    const exit = await requireExit(store, word.named);
    const venue = await requireVenue(store, burn.venue);
    const present = await store.reputations.list({ exitKeys: [exit.exitKey], venues: [venue] });
    const end = untilAt === undefined ? "until it is revived" : `until ${new Date(untilAt).toISOString()}`;
    const turn = { type: "burned-by-operator", untilAt } as const;
    const message = `${exit.exitIp} was burned at ${venue} ${end}${because(word)}`;
    const about = { exit, venue, turn, present: present[0], kind: "reputation.burned" } as const;
    const next = await turned(operator, store, { ...about, message });
    return { exit, reputations: [next] };
  });
}

/** Takes back what stands against an exit, at one venue or at all. */
export async function reviveExit(
  operator: Operator,
  word: ExitWord,
  venue: VenueName | undefined,
): Promise<JudgedExit> {
  return await operator.store.transaction(async (store) => {
    const exit = await requireExit(store, word.named);
    const venues = venue === undefined ? {} : { venues: [await requireVenue(store, venue)] };
    const known = await store.reputations.list({ exitKeys: [exit.exitKey], ...venues });
    const marked = known.filter(({ state, failures }) => state !== "clear" || failures > 0);
    const reputations: Reputation[] = [];
    for (const present of marked) {
      const message = `${exit.exitIp} was revived at ${present.venue}; it was ${present.state}${because(word)}`;
      const about = { exit, venue: present.venue, present, turn: { type: "revived" } } as const;
      reputations.push(await turned(operator, store, { ...about, kind: "reputation.revived", message }));
    }
    await bringBack(operator, store, exit);
    return { exit, reputations };
  });
}

// The assignments that were left for it show it no longer, where no other venue of their account refuses the exit.
async function bringBack({ clock }: Operator, store: Store, { exitKey, proxies }: NamedExit): Promise<void> {
  const rows = await store.reputations.list({ exitKeys: [exitKey] });
  const accounts = await store.accounts.list();
  for (const { id: proxyId } of proxies)
    for (const { id, accountId, status } of await store.accounts.assignments({ proxyId })) {
      const account = accounts.find((each) => each.id === accountId);
      if (status !== "burned" || account === undefined) continue;
      if (burnedUntil(rows, account, clock.now()).known) continue;
      await store.accounts.updateAssignment(id, { status: "standby", cooldownUntil: undefined });
    }
}

interface Turn {
  readonly exit: NamedExit;
  readonly venue: VenueName;
  readonly present: Reputation | undefined;
  readonly turn: Parameters<typeof nextReputation>[1];
  readonly kind: string;
  readonly message: string;
}

async function turned(operator: Operator, store: Store, wanted: Turn): Promise<Reputation> {
  const { clock, random, actor, host } = operator;
  const { exit, venue, present, turn, kind, message } = wanted;
  const now = clock.now();
  const { exitIp, exitKey } = exit;
  const from = present ?? clearReputation({ exitIp, exitKey, venue }, now);
  const next = nextReputation(from, turn, { now, random01: random.random01(), rules: switchDefaults });
  const event = { at: now, kind, severity: "warning", actor, host, proxyId: exit.proxies[0]?.id } as const;
  const change: Change = { on: "reputation", expected: present, next, event: { ...event, message } };
  // Read within this transaction a moment ago.
  if ((await store.apply([change])).length === 0) return next;
  throw new LaunchError("LAUNCH_IN_USE", `How ${exitIp} stands at ${venue} changed at this moment.`, {
    hint: "Run the command again.",
  });
}

function because({ why }: ExitWord): string {
  return why === undefined ? "." : `: ${why}`;
}
