import { UsageError } from "../../../errors.ts";
import { type AccountEdit, editAccount } from "../../../operations/accounts/edit-account.ts";
import { accountView } from "../../../operations/views/pool.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { readCountry, readVenue } from "../../parse/account-flags.ts";

const clearable = ["venue", "country", "group"] as const;

/** What help says of the command, and what it takes. */
export const usage = {
  details:
    "What you do not give stays as it is. --venue and --country replace all earlier values. A running bot of the account proves its exit again at the next renewal.",
  examples: ["launch account edit alice --venue binance", "launch account edit alice --clear group"],
  operands: [{ name: "name", help: "The account's name.", arity: "one" }],
  flags: {
    venue: { kind: "list", value: "name", help: "An exchange or broker it trades at." },
    "new-venue": { kind: "toggle", help: "The venue's name is new and spelt correctly." },
    country: { kind: "list", value: "code", help: "A country that its exit may be in." },
    group: { kind: "text", value: "name", help: "Accounts of one group may share an exit IP." },
    clear: { kind: "list", value: "what", help: `Remove one of these: ${clearable.join(", ")}.` },
  },
} as const satisfies CommandUsage;

/** Changes the account. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const edit = readEdit(context);
  const operator = await (await context.openWorkspace()).openOperator();
  const { account, changed, newGroup } = await editAccount(operator, context.args.name, edit);
  if (newGroup !== undefined) context.io.warn(`note: ${newGroup}`);
  return {
    data: { version: 1, changed, account: accountView(account) },
    notes: [`Account ${account.name} was edited: ${changed.join(", ")}.`],
  };
}

function readEdit({ flags }: Context<typeof usage>): AccountEdit {
  const { venue, country, group } = flags;
  for (const what of flags.clear)
    if (!(clearable as readonly string[]).includes(what))
      throw new UsageError("LAUNCH_INVALID_VALUE", `--clear ${what} is not known.`, {
        hint: `It can be: ${clearable.join(", ")}.`,
      });
  const cleared = (what: (typeof clearable)[number]) => flags.clear.includes(what);
  return {
    newVenue: flags["new-venue"],
    ...(venue.length > 0 || cleared("venue") ? { venues: venue.map(readVenue) } : {}),
    ...(country.length > 0 || cleared("country") ? { allowedCountries: country.map(readCountry) } : {}),
    ...(group !== undefined ? { groupName: group } : cleared("group") ? { groupName: null } : {}),
  };
}
