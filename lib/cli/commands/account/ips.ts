import type { Instant } from "../../../domain/time.ts";
import { describeDuration, describeWait } from "../../../domain/time.ts";
import {
  type AccountExit,
  type AccountExits,
  type ExitAtVenue,
  listAccountExits,
} from "../../../operations/exits/account-exits.ts";
import { accountExitsView } from "../../../operations/views/exits.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { cell } from "../../view/ages.ts";
import { type FittedTable, renderFitted } from "../../view/fitted-table.ts";
import type { Style } from "../../view/style.ts";

export const usage = {
  details:
    "The last line can be pasted where a venue asks for the addresses of an API key. An address is proven once it was seen through the proxy; swapped is one whose proxy shows another by now.",
  examples: ["launch account ips alice"],
  operands: [{ name: "name", help: "The account's name.", arity: "one" }],
  flags: {
    wide: { kind: "toggle", help: "Show all columns, even if the table is wider than the terminal." },
  },
} as const satisfies CommandUsage;

const table = {
  columns: ["proxy", "exit_ip", "proven", "registered", "venue", "accepted", "standing"],
  expendable: ["standing", "proven"],
  narrowest: { proxy: 8, standing: 12 },
  empty: "It may use no proxy yet. Give it one with `launch assign`.",
} as const satisfies FittedTable<string>;

/** Lists the exits that the account may use. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const operator = await (await context.openWorkspace()).openOperator();
  const found = await listAccountExits(operator, context.args.name);
  const now = operator.clock.now();
  return {
    data: accountExitsView(found),
    text: (style) => render(found, now, { style, isWide: context.flags.wide }),
  };
}

function render(
  found: AccountExits,
  now: Instant,
  { style, isWide }: { readonly style: Style; readonly isWide: boolean },
): string {
  const rows = found.exits.flatMap((exit) => {
    const venues = exit.venues.length === 0 ? [undefined] : exit.venues;
    return venues.map((venue) => rowOf(exit, venue, now));
  });
  return [renderFitted(table, rows, style, isWide), ...remarks(found, now)].join("\n");
}

function rowOf(exit: AccountExit, venue: ExitAtVenue | undefined, now: Instant) {
  const { exitIp, isRegistered } = exit;
  const left = venue?.untilAt === undefined ? "" : ` for ${describeWait(venue.untilAt - now)}`;
  return {
    proxy: exit.proxyLabel,
    exit_ip: cell(exitIp),
    proven: provenWords(exit, now),
    registered: isRegistered === undefined ? cell(undefined) : isRegistered ? "yes" : "NO",
    venue: cell(venue?.venue),
    accepted: venue === undefined ? cell(undefined) : (venue.acceptance ?? "unknown"),
    standing: venue === undefined ? cell(undefined) : `${venue.reputation.replace("_", " ")}${left}`,
  };
}

function provenWords({ provenAt, swappedAt }: AccountExit, now: Instant): string {
  if (swappedAt !== undefined) return `swapped ${describeDuration(now - swappedAt)} ago`;
  return provenAt === undefined ? "never" : `${describeDuration(now - provenAt)} ago`;
}

function remarks(
  { account, exits, registered, nextChangeAt }: AccountExits,
  now: Instant,
): readonly string[] {
  const swapped = exits.filter(({ swappedAt }) => swappedAt !== undefined);
  const notes = swapped.map(
    ({ proxyLabel, exitIp }) =>
      `${proxyLabel} shows another address than ${exitIp}: \`launch proxy check ${proxyLabel}\` says which.`,
  );
  const ips = [...new Set(exits.flatMap((exit) => (swapped.includes(exit) ? [] : (exit.exitIp ?? []))))];
  if (ips.length === 0) return notes.length === 0 ? [] : ["", ...notes];
  const unlisted = registered.length === 0 ? [] : ips.filter((ip) => !registered.includes(ip));
  const when =
    nextChangeAt === undefined
      ? ""
      : nextChangeAt <= now
        ? " The list may be changed now."
        : ` The next change is allowed in ${describeWait(nextChangeAt - now)}.`;
  return [
    "",
    ...notes,
    ...(unlisted.length === 0 ? [] : [`Not registered, so never used: ${unlisted.join(", ")}.${when}`]),
    ...(unlisted.length === 0 && when !== "" ? [when.trim()] : []),
    `For ${account.keyLabel === undefined ? "the API key" : `the API key "${account.keyLabel}"`}:`,
    ips.join(","),
  ];
}
