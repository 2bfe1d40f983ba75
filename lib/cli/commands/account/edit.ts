import type { IpAddress } from "../../../domain/ip.ts";
import { describeWait, type Instant } from "../../../domain/time.ts";
import { UsageError } from "../../../errors.ts";
import {
  type AccountEdit,
  type EditedAccount,
  editAccount,
} from "../../../operations/accounts/edit-account.ts";
import { consequencesOfList, readRegistered } from "../../../operations/accounts/register-exits.ts";
import { accountView } from "../../../operations/views/pool.ts";
import { rfc3339 } from "../../../operations/views/rfc3339.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { readCountry, readVenue } from "../../parse/account-flags.ts";
import { consentFlags, withConsent } from "../../verbs/consent.ts";

const clearable = ["venue", "country", "group", "registered", "registered-changes", "key-label"] as const;

export const usage = {
  details:
    "What you do not give stays as it is. --venue, --country and --registered replace all earlier values. A running bot of the account proves its exit again at the next renewal. With --registered only exits on the list are ever used.",
  examples: [
    "launch account edit alice --venue binance",
    "launch account edit alice --registered 203.0.113.7,203.0.113.8 --registered-changes 1/7d",
    "launch account edit alice --clear group",
  ],
  operands: [{ name: "name", help: "The account's name.", arity: "one" }],
  flags: {
    venue: { kind: "list", value: "name", help: "An exchange or broker it trades at." },
    "new-venue": { kind: "toggle", help: "The venue's name is new and spelt correctly." },
    country: { kind: "list", value: "code", help: "A country that its exit may be in." },
    group: { kind: "text", value: "name", help: "Accounts of one group may share an exit IP." },
    registered: {
      kind: "text",
      value: "addresses",
      help: "The exit addresses that the venue knows, separated by commas.",
    },
    "registered-changes": {
      kind: "text",
      value: "limit",
      help: "How often the venue lets you change that list: 1/7d is once in seven days.",
    },
    "key-label": {
      kind: "text",
      value: "name",
      help: "What you call its API key; messages name it. The key itself is never read.",
    },
    clear: { kind: "list", value: "what", help: `Remove one of these: ${clearable.join(", ")}.` },
    ...consentFlags,
  },
} as const satisfies CommandUsage;

/** Changes the account. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { name } = context.args;
  const { network } = await context.loadConfig();
  const { registered } = context.flags;
  const list = registered === undefined ? undefined : readRegistered(registered, network.publicRanges);
  const edit = readEdit(context, list);
  const operator = await (await context.openWorkspace()).openOperator();
  return await withConsent(operator, context, {
    what: `Change the account ${name}`,
    consequences: list === undefined ? [] : await consequencesOfList(operator, name, list),
    act: (each) => editAccount(each, name, edit),
    outcomeOf: (edited) => outcomeOf(edited, context, operator.clock.now()),
  });
}

function outcomeOf(edited: EditedAccount, context: Context<typeof usage>, now: Instant) {
  const { account, changed, newGroup, nextChangeAt } = edited;
  if (newGroup !== undefined) context.io.warn(`note: ${newGroup}`);
  const wait = nextChangeAt === undefined ? 0 : nextChangeAt - now;
  const next = wait > 0 ? `in ${describeWait(wait)}` : "now";
  const notes = [`Account ${account.name} was edited: ${changed.join(", ")}.`];
  if (nextChangeAt !== undefined) notes.push(`The next change of its list is allowed ${next}.`);
  const data = { version: 1, changed, account: accountView(account), next_change_at: rfc3339(nextChangeAt) };
  return { data, notes };
}

function readEdit({ flags }: Context<typeof usage>, list: readonly IpAddress[] | undefined): AccountEdit {
  const { venue, country, group } = flags;
  for (const what of flags.clear)
    if (!(clearable as readonly string[]).includes(what))
      throw new UsageError("LAUNCH_INVALID_VALUE", `--clear ${what} is not known.`, {
        hint: `It can be: ${clearable.join(", ")}.`,
      });
  const cleared = (what: (typeof clearable)[number]) => flags.clear.includes(what);
  const textOf = (what: (typeof clearable)[number], given: string | undefined) =>
    given ?? (cleared(what) ? null : undefined);
  const [groupName, registeredChanges, keyLabel] = [
    textOf("group", group),
    textOf("registered-changes", flags["registered-changes"]),
    textOf("key-label", flags["key-label"]),
  ];
  return {
    newVenue: flags["new-venue"],
    ...(venue.length > 0 || cleared("venue") ? { venues: venue.map(readVenue) } : {}),
    ...(country.length > 0 || cleared("country") ? { allowedCountries: country.map(readCountry) } : {}),
    ...(list !== undefined || cleared("registered") ? { registered: list ?? [] } : {}),
    ...(groupName !== undefined && { groupName }),
    ...(registeredChanges !== undefined && { registeredChanges }),
    ...(keyLabel !== undefined && { keyLabel }),
  };
}
