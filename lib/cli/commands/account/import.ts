import { readAccountList } from "../../../domain/account-list/read-account-list.ts";
import { importAccounts } from "../../../operations/accounts/add-accounts.ts";
import { rehearse } from "../../../operations/rehearse.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { readCountry, readVenue } from "../../parse/account-flags.ts";
import { readListFile } from "../../parse/read-list-file.ts";
import { renderTable } from "../../view/fitted-table.ts";
import { correctList, tellAlike } from "../../words/tell-alike.ts";

export const usage = {
  details:
    "Reads one name a line, or CSV whose first line names the columns: name, venue, country, group, proxy. Several values of a cell have a `;` between them; a proxy is the label of one in the pool. Imports all or nothing and names every bad line. An account that is there as the list says stays as it is.",
  examples: ["launch account import desk.csv --dry-run", "launch account import names.txt --venue binance"],
  operands: [{ name: "file", help: "The list, or - for stdin.", arity: "one" }],
  flags: {
    venue: { kind: "list", value: "name", help: "Where accounts trade of which the list does not say it." },
    "new-venue": { kind: "toggle", help: "The venues' names are new and spelt correctly." },
    country: { kind: "list", value: "code", help: "The same for the countries that their exits may be in." },
    group: { kind: "text", value: "name", help: "The same for their group." },
    "dry-run": { kind: "toggle", help: "Only show what would be done." },
  },
} as const satisfies CommandUsage;

/** Brings the list in. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { flags } = context;
  const defaults = {
    venues: flags.venue.map(readVenue),
    newVenue: flags["new-venue"],
    countries: flags.country.map(readCountry),
    groupName: flags.group,
  };
  const reading = readAccountList(await readListFile(context.args.file, context.io));
  const operator = await (await context.openWorkspace()).openOperator();
  const isDryRun = flags["dry-run"];
  const present = await operator.store.accounts.namesLike(reading.entries.map(({ name }) => name));
  const lines = isDryRun
    ? await rehearse(operator, (each) => importAccounts(each, reading, defaults))
    : await importAccounts(operator, reading, defaults);
  const added = lines.map(({ name }) => name);
  tellAlike(context.io, { what: "account", added, present }, isDryRun ? correctList : undefined);
  const rows = lines.map(({ line, name, outcome }) => ({ line: String(line), account: name, outcome }));
  const count = (outcome: string) => lines.filter((line) => line.outcome === outcome).length;
  const words = `${count("added")} added, ${count("unchanged")} unchanged`;
  return {
    data: { version: 1, dry_run: isDryRun, accounts: lines },
    text: (style) => renderTable(["line", "account", "outcome"], rows, style),
    notes: [isDryRun ? `Nothing was stored. The import would be: ${words}.` : `${words}.`],
  };
}
